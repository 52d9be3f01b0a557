/* TFLM's profiler as the harness wants it: ticks of each operator, by the port's counter.
 *
 * The interpreter opens an event before an operator and closes it behind. Events inside of one
 * (kernels may open their own) belong to it. Only images with TFLM_IMAGE_LAYERS hold this. */
#ifndef TFLM_PROFILER_H
#define TFLM_PROFILER_H

#include <stdint.h>

#include "port.h"
#include "tflm_image.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#pragma GCC diagnostic pop

class TflmProfiler : public tflite::MicroProfilerInterface
{
  public:
    uint32_t BeginEvent(const char *) override
    {
        if (depth_++ == 0) {
            port_counter_start();
        }
        return 0;
    }

    void EndEvent(uint32_t) override
    {
        if (--depth_ == 0) {
            const uint64_t ticks = port_counter_stop();
            if (count_ < TFLM_IMAGE_LAYERS) {
                ticks_[count_] = ticks;
            }
            count_++;
        }
    }

    /* Forgets all events. */
    void clear()
    {
        depth_ = 0;
        count_ = 0;
    }

    /* Whether the events since clear() are those of one inference. */
    bool complete() const { return depth_ == 0 && count_ == TFLM_IMAGE_LAYERS; }

    uint64_t ticks(uint8_t layer) const
    {
        return layer < count_ && layer < TFLM_IMAGE_LAYERS ? ticks_[layer] : 0;
    }

  private:
    uint64_t ticks_[TFLM_IMAGE_LAYERS];
    uint32_t count_;
    uint32_t depth_;

    void operator delete(void *) {} /* it is static, and there is no heap */
};

#endif

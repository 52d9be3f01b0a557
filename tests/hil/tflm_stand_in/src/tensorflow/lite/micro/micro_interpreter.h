/* The interpreter's public face, as far as the glue looks at it. */
#ifndef STAND_IN_MICRO_INTERPRETER_H
#define STAND_IN_MICRO_INTERPRETER_H

#include <stddef.h>
#include <stdint.h>

#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

#ifndef STAND_IN_FROM_MANIFEST
#error "the glue is compiled without the macros of the library's manifest"
#endif

enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };

struct TfLiteTensor {
    union {
        char *raw;
        int8_t *int8;
    } data;
    size_t bytes;
};

struct TfLiteEvalTensor {
    union {
        char *raw;
    } data;
};

namespace tflite
{

class MicroResourceVariables;

struct MicroOpResolver {
    bool fully_connected = false;
};

/* Takes memory as TFLM does: what lasts at the arena's tail, activations at its head, and for a
 * while in AllocateTensors() more than the activations need. */
class MicroInterpreter
{
  public:
    MicroInterpreter(const Model *model, const MicroOpResolver &resolver, uint8_t *arena,
                     size_t arena_size, MicroResourceVariables *resource_variables = nullptr,
                     MicroProfilerInterface *profiler = nullptr, bool preserve_all_tensors = false);
    TfLiteStatus AllocateTensors();
    TfLiteStatus Invoke();
    TfLiteStatus Reset();
    size_t arena_used_bytes() const;

    size_t inputs_size() const { return 1; }
    size_t outputs_size() const { return 1; }
    /* The one tensor that an operator computes; null unless all are preserved. */
    TfLiteEvalTensor *GetTensor(int) { return preserve_ ? &kept_ : nullptr; }
    TfLiteTensor *input(size_t) { return &input_; }
    TfLiteTensor *output(size_t) { return &output_; }

  private:
    const Model *model_;
    const MicroOpResolver &resolver_;
    uint8_t *arena_;
    size_t arena_size_;
    TfLiteTensor input_;
    TfLiteTensor output_;
    TfLiteEvalTensor kept_;
    MicroProfilerInterface *profiler_;
    bool preserve_;
    int32_t state_; /* as of a variable tensor: how often it ran since Reset() */
};

} // namespace tflite

#endif

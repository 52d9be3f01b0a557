#ifndef STAND_IN_MICRO_MUTABLE_OP_RESOLVER_H
#define STAND_IN_MICRO_MUTABLE_OP_RESOLVER_H

#include "tensorflow/lite/micro/micro_interpreter.h"

namespace tflite
{

template <unsigned capacity> class MicroMutableOpResolver : public MicroOpResolver
{
  public:
    TfLiteStatus AddFullyConnected()
    {
        if (fully_connected || capacity < 1) {
            return kTfLiteError;
        }
        fully_connected = true;
        return kTfLiteOk;
    }
};

} // namespace tflite

#endif

/* Apart from tflm_log.cpp, which defines DebugLog() and so must not see it declared otherwise. */
#include <stdarg.h>

#include <type_traits>

#include "tflm_image.h"
#include "tflm_log.h"

#include "tensorflow/lite/micro/debug_log.h"

bool tflm_log_has_arguments(void)
{
    return !std::is_same<decltype(&DebugLog), void (*)(const char *)>::value;
}

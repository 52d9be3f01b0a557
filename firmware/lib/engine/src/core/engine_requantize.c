#if defined(__AVR__)
#define ENGINE_SHARED
#endif
#include "core/engine_requantize.h"

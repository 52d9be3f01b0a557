#if defined(__AVR__)
#define ENGINE_SHARED
#endif
#include "engine_requantize.h"

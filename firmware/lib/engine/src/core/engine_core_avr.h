/* 8-bit AVR: registers, memory and flash are scarce. See engine_core.h. */
#ifndef ENGINE_CORE_AVR_H
#define ENGINE_CORE_AVR_H

#define ENGINE_PIXELS 1
#define ENGINE_WINDOW_TAPS 128
#define ENGINE_FILTERS 1
#define ENGINE_NARROW_MULTIPLY 1
#define ENGINE_SHARES_ARITHMETIC 1
#define ENGINE_PLANES 0

#endif

/* The processor core that the compiler builds for: its constants and arithmetic.
 *
 * This header alone asks the compiler for the core; engine_dot.h follows it. All other files of the
 * engine use the names that the two provide, which are the same on all cores. A core's headers come
 * before the portable ones and hold only what that core does better: a function is left out of the
 * portable header where a macro of its name is defined, as in
 * `#define engine_dot_pair engine_dot_pair`. A new core needs no header; it gets one, and a line
 * here and there, where instructions of its own pay.
 *
 *   avr     8-bit AVR: few registers, constants in a flash of its own address space
 *   mve     Armv8.1-M with vectors (Helium) beside the DSP extension: Cortex-M55, M85
 *   dsp     Armv7E-M and Armv8-M with the DSP extension: Cortex-M4, M7, M33
 *   armv7m  Armv7-M and Armv8-M Mainline without it: Cortex-M3
 *   others  portable C alone: Cortex-M0 and M23, RISC-V, Xtensa, this computer
 */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#if defined(__AVR__)
#define ENGINE_CORE_AVR 1
#include "core/engine_core_avr.h"
#elif defined(__ARM_FEATURE_MVE)
#define ENGINE_CORE_MVE 1
#include "core/engine_core_dsp.h"
#include "core/engine_core_mve.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__thumb__)
#define ENGINE_CORE_DSP 1
#include "core/engine_core_dsp.h"
#elif defined(__ARM_FEATURE_SAT) && defined(__thumb2__)
#define ENGINE_CORE_ARMV7M 1
#include "core/engine_core_armv7m.h"
#endif

#include "core/engine_core_portable.h"

#endif

/* Constants of the processor core that the compiler builds for; core/engine_dot.h has functions.
 *
 * These two headers alone tell cores apart; core/engine_float.h does it for floating-point units.
 * Kernels use names that every core has.
 *
 * harness/codegen/cores.py repeats these figures. A model's header refuses to be compiled for a
 * core whose figures are not those it was generated for.
 */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#if defined(__AVR__)
/* 8-bit AVR: few registers, little memory, constants in a flash of its own address space. */
#define ENGINE_AVR 1
#define ENGINE_PIXELS 1
#define ENGINE_WINDOW_TAPS 128
#define ENGINE_FLASH_PARAMS 1
#define ENGINE_FILTERS 1
#define ENGINE_COPY_BYTES 1
#define ENGINE_PLANES 0
#define ENGINE_NARROW_MULTIPLY 1
#define ENGINE_SHARES_ARITHMETIC 1

#elif defined(__ARM_FEATURE_DSP) && defined(__thumb__)
/* Armv7E-M and Armv8-M with the DSP extension: Cortex-M4, M7, M33. */
#define ENGINE_DSP 1
#define ENGINE_TAP_BYTES 2
#define ENGINE_PACKED 1
#define ENGINE_QUADS 1
#define ENGINE_SATURATES 1
#if defined(__ARM_FEATURE_MVE)
/* Vectors (Helium) beside it: Cortex-M55, M85. */
#define ENGINE_MVE 1
#define ENGINE_CHANNELS 8
#define ENGINE_PLAIN_FILTERS 4
#define ENGINE_PLAIN_WINDOWS 3
#define ENGINE_COPY_BYTES 16
#else
#define ENGINE_CHANNELS 4
#endif

#elif defined(__ARM_FEATURE_SAT) && defined(__thumb2__)
/* Armv7-M and Armv8-M Mainline without DSP extension: Cortex-M3. */
#define ENGINE_ARMV7M 1
#define ENGINE_SATURATES 1

#elif defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1 && defined(__thumb__)
/* Armv6-M and Armv8-M Baseline: Cortex-M0, M0+, M23. */
#define ENGINE_ARMV6M 1
#define ENGINE_ALIGNED 1

#elif defined(__riscv) && __riscv_xlen == 32
/* RISC-V without vectors, as in the ESP32-C3. */
#define ENGINE_LANES 1
#define ENGINE_LANE_FILTERS 4
#define ENGINE_TAP_BYTES 2
#define ENGINE_ALIGNED 1

#elif defined(__XTENSA__)
/* Xtensa LX106, and LX6 and LX7 without their vectors: ESP8266, ESP32, ESP32-S3. */
#define ENGINE_XTENSA 1
#define ENGINE_LANES 1
#define ENGINE_LANE_FILTERS 2
#define ENGINE_TAP_BYTES 2
#define ENGINE_ALIGNED 1
#if defined(__XTENSA_CALL0_ABI__) /* the LX106 */
#define ENGINE_NO_HIGH_PRODUCT 1
#endif
#endif
/* All others have the defaults: this computer. */

/* Bytes of an engine_tap, an input value in a copied window: 1, or 2 where it becomes an int16. */
#if !defined(ENGINE_TAP_BYTES)
#define ENGINE_TAP_BYTES 1
#endif

/* Windows that are computed together, so that weights are read once for them: 1 or 2. */
#if !defined(ENGINE_PIXELS)
#define ENGINE_PIXELS 2
#endif

/* Most taps in the buffer of copied windows, and most stored taps of all windows of a max pool that
 * is computed with its convolution. */
#if !defined(ENGINE_WINDOW_TAPS)
#define ENGINE_WINDOW_TAPS 1280
#endif
#define ENGINE_POOL_TAPS ENGINE_WINDOW_TAPS

/* 1: parameters are read from flash only, and no layer reads inputs in place. */
#if !defined(ENGINE_FLASH_PARAMS)
#define ENGINE_FLASH_PARAMS 0
#endif

/* Filters of dense layers, or windows of sparse ones, that are computed together: 4, or 1 where
 * registers are too few. With 1 ENGINE_PIXELS is 1 as well, and dense int8 layers are computed by
 * pairs of filters. */
#if !defined(ENGINE_FILTERS)
#define ENGINE_FILTERS 4
#endif

/* Filters in the order of the TFLite file that are computed together: 0 or 4. */
#if !defined(ENGINE_PLAIN_FILTERS)
#define ENGINE_PLAIN_FILTERS 0
#endif

/* Windows of such layers that are computed together, so that a load serves several: 1 or 3. */
#if !defined(ENGINE_PLAIN_WINDOWS)
#define ENGINE_PLAIN_WINDOWS 1
#endif

/* Neighbouring channels of depthwise layers that are computed together: 0, 4 or 8. */
#if !defined(ENGINE_CHANNELS)
#define ENGINE_CHANNELS 0
#endif

/* 0: memory is too small for planes; 3x3 depthwise layers are computed like others. */
#if !defined(ENGINE_PLANES)
#define ENGINE_PLANES 1
#endif

/* 1: blocks of four filters are computed only where their weights are packed. */
#if !defined(ENGINE_PACKED)
#define ENGINE_PACKED 0
#endif

/* 1: instructions take four int8 of a word, or two pairs of int16, at once. */
#if !defined(ENGINE_QUADS)
#define ENGINE_QUADS 0
#endif

/* 1: saturating to int8 takes one instruction. Outputs are then saturated first, and clamped in a
 * second pass where their activation has other limits. */
#if !defined(ENGINE_SATURATES)
#define ENGINE_SATURATES 0
#endif

/* Most bytes that one load and one store copy: 1, 4 or 16. */
#if !defined(ENGINE_COPY_BYTES)
#define ENGINE_COPY_BYTES 4
#endif

/* 1: four 16x16->32 products take less time than one 32x32->64 product. A build may set it. */
#if !defined(ENGINE_NARROW_MULTIPLY)
#define ENGINE_NARROW_MULTIPLY 0
#endif

/* 1: no instruction returns the upper word of a product; the compiler would call a function. */
#if !defined(ENGINE_NO_HIGH_PRODUCT)
#define ENGINE_NO_HIGH_PRODUCT 0
#endif

/* 1: words are loaded and stored at multiples of their size only. */
#if !defined(ENGINE_ALIGNED)
#define ENGINE_ALIGNED 0
#endif

/* 1: kernels call one copy of engine_requantize(), core/engine_requantize_avr.c, to save flash. */
#if !defined(ENGINE_SHARES_ARITHMETIC)
#define ENGINE_SHARES_ARITHMETIC 0
#endif

#endif

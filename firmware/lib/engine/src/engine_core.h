/* Properties of the core that this is compiled for. harness/codegen/cores.py has the same figures
 * by core, and headers of models refuse to be compiled for a core that does not have those they
 * were generated with. ENGINE_DSP           defined where one instruction multiplies two pairs of
 * 16 bits ENGINE_TAP_BYTES     bytes of an engine_tap, an input value in a copied window
 *   ENGINE_PIXELS        windows that are computed at once, so that each weight is read once
 *   ENGINE_WINDOW_TAPS   most taps in the buffer of copied windows
 *   ENGINE_POOL_TAPS     most stored taps of all windows of a max pool computed with them
 *   ENGINE_FLASH_PARAMS  1 where parameters lie in flash and layers cannot read inputs in place */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__)
#define ENGINE_DSP 1
#define ENGINE_TAP_BYTES 2
#else
#define ENGINE_TAP_BYTES 1
#endif

#if defined(__AVR__)
#define ENGINE_PIXELS 1
#define ENGINE_WINDOW_TAPS 128
#define ENGINE_POOL_TAPS 128
#define ENGINE_FLASH_PARAMS 1
#else
#define ENGINE_PIXELS 2
#define ENGINE_WINDOW_TAPS 1280
#define ENGINE_POOL_TAPS 1280
#define ENGINE_FLASH_PARAMS 0
#endif

#endif

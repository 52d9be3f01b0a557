/* Pools of int8 values with vectors. See engine_dot.h. */
#ifndef ENGINE_POOL_MVE_H
#define ENGINE_POOL_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

/* Sums of 16 bits hold so many taps of 8 bits. */
#define ENGINE_POOL_RUN 255

static inline void engine_add_window(int32_t *sums, const int8_t *x, size_t x_row, size_t x_column,
                                     int rows, int columns)
{
    int32x4_t even = vdupq_n_s32(0);
    int32x4_t odd = even;
    for (; rows > 0; rows--) {
        const int8_t *tap = x;
        for (int left = columns; left > 0; left -= ENGINE_POOL_RUN) {
            int16x8_t run = vdupq_n_s16(0);
            for (int i = left < ENGINE_POOL_RUN ? left : ENGINE_POOL_RUN; i > 0; i--) {
                run = vaddq_s16(run, vldrbq_s16(tap));
                tap += x_column;
            }
            even = vaddq_s32(even, vmovlbq_s16(run));
            odd = vaddq_s32(odd, vmovltq_s16(run));
        }
        x += x_row;
    }
    const int32x4x2_t both = {{even, odd}};
    vst2q_s32(sums, both);
}

#endif

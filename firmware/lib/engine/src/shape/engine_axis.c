/* Kernels along one axis: positions of extremes, running sums. */
#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_types.h"

/* Define `engine_arg_<suffix>`. */
#define ARG(suffix, type)                                                                          \
    void engine_arg_##suffix(const engine_axis_params *params, const type *input, int32_t *output) \
    {                                                                                              \
        engine_axis_params p;                                                                      \
        engine_flash_copy(&p, params, sizeof p);                                                   \
        for (int32_t o = 0; o < p.outer; o++) {                                                    \
            for (int32_t k = 0; k < p.inner; k++) {                                                \
                const type *x = input + (size_t)o * (size_t)p.size * (size_t)p.inner + k;          \
                type best = *x;                                                                    \
                int32_t place = 0;                                                                 \
                for (int32_t i = 1; i < p.size; i++) {                                             \
                    x += p.inner;                                                                  \
                    if (p.reverse ? *x < best : *x > best) {                                       \
                        best = *x;                                                                 \
                        place = i;                                                                 \
                    }                                                                              \
                }                                                                                  \
                *output++ = place;                                                                 \
            }                                                                                      \
        }                                                                                          \
    }

/* Define `engine_cumsum_<suffix>`; sums of integers wrap around. */
#define CUMSUM(suffix, type, sum_type)                                                             \
    void engine_cumsum_##suffix(const engine_axis_params *params, const type *input, type *output) \
    {                                                                                              \
        engine_axis_params p;                                                                      \
        engine_flash_copy(&p, params, sizeof p);                                                   \
        for (int32_t o = 0; o < p.outer; o++) {                                                    \
            for (int32_t k = 0; k < p.inner; k++) {                                                \
                const size_t first = (size_t)o * (size_t)p.size * (size_t)p.inner + (size_t)k;     \
                sum_type sum = 0;                                                                  \
                for (int32_t i = 0; i < p.size; i++) {                                             \
                    const int32_t place = p.reverse ? p.size - 1 - i : i;                          \
                    const size_t at = first + (size_t)place * (size_t)p.inner;                     \
                    const sum_type next = sum + (sum_type)input[at];                               \
                    output[at] = (type)(p.exclusive ? sum : next);                                 \
                    sum = next;                                                                    \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

ARG(s8, int8_t)
ARG(f32, float)
CUMSUM(f32, float, float)
CUMSUM(i32, int32_t, uint32_t)

/* Depthwise convolution with kernels of 3x3: one channel at a time is copied into a plane of its
 * own, with its padding, so that the taps of a row lie side by side. */
#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "engine_output_s8.h"

#if defined(__AVR__)
/* No room for planes, and no pairs to multiply. */
void engine_depthwise_3x3_s8(const engine_conv_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output)
{
    (void)scratch;
    engine_depthwise_s8(params, input, weights, bias, multipliers, shifts, output);
}

#else

/* Zeros by words: the memset() of small C libraries, which the compiler would make of this if it
 * were not for `volatile`, goes byte by byte. */
static void clear(int16_t *plane, size_t elements)
{
    typedef uint32_t __attribute__((may_alias)) word_of_taps;
    volatile word_of_taps *word = (word_of_taps *)(void *)plane;
    for (size_t words = (elements + 1) / 2; words > 0; words--) {
        *word++ = 0;
    }
}

/* `count` rows of a channel from row `first` on, into rows of `pitch`. Padding beside them is not
 * touched, that before and after is cleared. */
static void fill(int16_t *to, size_t pitch, const engine_window *g, const int8_t *channel,
                 int32_t offset, int first, int count)
{
    const size_t in_c = (size_t)g->in_c;
    const size_t left = (size_t)g->pad_left;
    const size_t room = pitch - left;
    const size_t columns = (size_t)g->in_w < room ? (size_t)g->in_w : room;
    const int end = first + count < g->in_h ? first + count : g->in_h;
    const int begin = first > 0 ? first : 0;
    const size_t in_row = (size_t)g->in_w * in_c;
    const int8_t *row = channel + (size_t)begin * in_row;
    clear(to, (size_t)(begin - first) * pitch);
    to += (size_t)(begin - first) * pitch;
    clear(to + (size_t)(end - begin) * pitch, (size_t)(first + count - end) * pitch);
    to += left;
    for (int rows = end - begin; rows > 0; rows--) {
        const int8_t *x = row;
        int16_t *tap = to;
        _Pragma("GCC unroll 4") for (size_t i = columns; i > 0; i--)
        {
            *tap++ = (int16_t)(*x + offset);
            x += in_c;
        }
        row += in_row;
        to += pitch;
    }
}

/* Rows of outputs of one channel: their size, and the distance of rows in the plane. */
typedef struct {
    int rows, columns;
    size_t pitch;
    int stride_h, stride_w;
} band;

#if defined(ENGINE_DSP)
static inline int16x2_t pair_of(int32_t low, int32_t high)
{
    return (int16x2_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* A row of the kernel, f its taps 0 and 1, l its taps 1 and 2, at the first tap and at the next. */
#define ADD_ROW_FROM(f, l, from)                                                                   \
    "smlatb %[next], %[a], %[" f "], %[" from "]\n\t"                                              \
    "smlad %[sum], %[a], %[" f "], %[sum]\n\t"                                                     \
    "smlabt %[sum], %[b], %[" l "], %[sum]\n\t"                                                    \
    "smlad %[next], %[b], %[" l "], %[next]\n\t"
#define ADD_ROW(f, l) ADD_ROW_FROM(f, l, "next")
#define ADD_ROW_ONCE(f, l)                                                                         \
    "smlad %[sum], %[a], %[" f "], %[sum]\n\t"                                                     \
    "smlabt %[sum], %[b], %[" l "], %[sum]\n\t"
#define LOAD_ROW                                                                                   \
    "add %[x], %[x], %[pitch]\n\t"                                                                 \
    "ldrd %[a], %[b], [%[x]]\n\t"
#define LOAD_LAST_ROW                                                                              \
    "add %[x], %[x], %[pitch]\n\t"                                                                 \
    "ldrd %[a], %[b], [%[x]], #4\n\t"                                                              \
    "sub %[x], %[x], %[pitch], lsl #1\n\t"

/* All registers there are: the compiler would not keep the weights in them. */
#define COLUMNS(body)                                                                              \
    __asm__ volatile(body                                                                          \
                     : [sums] "+r"(sums), [x] "+r"(x), [a] "=&r"(a), [b] "=&r"(b),                 \
                       [sum] "=&r"(sum), [next] "=&r"(next)                                        \
                     : [end] "r"(end), [pitch] "r"(pitch), [f0] "r"(f0), [l0] "r"(l0),             \
                       [f1] "r"(f1), [l1] "r"(l1), [f2] "r"(f2), [l2] "r"(l2), [bias] "m"(bias)    \
                     : "cc", "memory")

static __attribute__((noinline)) void add_band(int32_t *sums, const band *out, const int16_t *plane,
                                               const int8_t *w, size_t channels, int32_t bias)
{
    const int16x2_t f0 = pair_of(w[0], w[channels]), l0 = pair_of(w[channels], w[2 * channels]);
    w += 3 * channels;
    const int16x2_t f1 = pair_of(w[0], w[channels]), l1 = pair_of(w[channels], w[2 * channels]);
    w += 3 * channels;
    const int16x2_t f2 = pair_of(w[0], w[channels]), l2 = pair_of(w[channels], w[2 * channels]);
    const size_t pitch = out->pitch * sizeof *plane;
    const size_t step = (size_t)out->stride_h * out->pitch;
    for (int left = out->rows; left > 0; left--) {
        const int16_t *x = plane;
        int32_t *const end = sums + out->columns;
        int32_t sum, next;
        int16x2_t a, b;
        if (out->stride_w == 1) {
            COLUMNS("1:\n\t"
                    "ldr %[sum], %[bias]\n\t"
                    "ldrd %[a], %[b], [%[x]]\n\t" ADD_ROW_FROM("f0", "l0",
                                                               "sum") LOAD_ROW ADD_ROW("f1", "l1")
                        LOAD_LAST_ROW ADD_ROW("f2", "l2") "strd %[sum], %[next], [%[sums]], #8\n\t"
                                                          "cmp %[sums], %[end]\n\t"
                                                          "bcc 1b\n\t");
            sums = end;
        } else {
            COLUMNS("1:\n\t"
                    "ldr %[sum], %[bias]\n\t"
                    "ldrd %[a], %[b], [%[x]]\n\t" ADD_ROW_ONCE("f0", "l0")
                        LOAD_ROW ADD_ROW_ONCE("f1", "l1")
                            LOAD_LAST_ROW ADD_ROW_ONCE("f2", "l2") "str %[sum], [%[sums]], #4\n\t"
                                                                   "cmp %[sums], %[end]\n\t"
                                                                   "bcc 1b\n\t");
        }
        plane += step;
    }
}

#else
/* Adds one row of the kernel to four sums; each tap is loaded once. */
static inline __attribute__((always_inline)) void add_row(int32_t *sums, const int16_t *x,
                                                          const int32_t *w)
{
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2];
    int32_t tap = x[0];
    sums[0] += tap * w0;
    tap = x[1];
    sums[0] += tap * w1;
    sums[1] += tap * w0;
    tap = x[2];
    sums[0] += tap * w2;
    sums[1] += tap * w1;
    sums[2] += tap * w0;
    tap = x[3];
    sums[1] += tap * w2;
    sums[2] += tap * w1;
    sums[3] += tap * w0;
    tap = x[4];
    sums[2] += tap * w2;
    sums[3] += tap * w1;
    sums[3] += x[5] * w2;
}

static inline int32_t sum_of_one(const int16_t *x, size_t pitch, const int32_t *w, int32_t bias)
{
    int32_t sum = bias + x[0] * w[0] + x[1] * w[1] + x[2] * w[2];
    x += pitch;
    sum += x[0] * w[3] + x[1] * w[4] + x[2] * w[5];
    x += pitch;
    return sum + x[0] * w[6] + x[1] * w[7] + x[2] * w[8];
}

static void add_band(int32_t *sums, const band *out, const int16_t *plane, const int8_t *weights,
                     size_t channels, int32_t bias)
{
    const size_t pitch = out->pitch;
    int32_t w[9];
    for (int i = 0; i < 9; i++) {
        w[i] = *weights;
        weights += channels;
    }
    for (int left = out->rows; left > 0; left--) {
        const int16_t *x = plane;
        int32_t *const end = sums + out->columns;
        if (out->stride_w == 1) {
            for (; end - sums >= 4; sums += 4) {
                int32_t four[4] = {bias, bias, bias, bias};
                add_row(four, x, w);
                add_row(four, x + pitch, w + 3);
                add_row(four, x + 2 * pitch, w + 6);
                sums[0] = four[0];
                sums[1] = four[1];
                sums[2] = four[2];
                sums[3] = four[3];
                x += 4;
            }
        }
        for (; sums != end; sums++) {
            *sums = sum_of_one(x, pitch, w, bias);
            x += out->stride_w;
        }
        plane += (size_t)out->stride_h * pitch;
    }
}
#endif

/* The outputs of `count` sums, one every `distance` bytes. */
static void write_outputs(int8_t *to, size_t distance, const int32_t *sums, size_t count,
                          int32_t multiplier, int shift, const engine_rescale *r)
{
#if defined(ENGINE_SATURATES)
    if (shift < 0) {
        const uint32_t places = (uint32_t)~shift;
        const int32_t offset = 2 * r->offset + 1;
        _Pragma("GCC unroll 4") for (; count > 0; count--)
        {
            *to = (int8_t)engine_narrow(*sums++, multiplier, places, offset);
            to += distance;
        }
        return;
    }
#endif
    for (; count > 0; count--) {
        *to = engine_output_s8(*sums++, multiplier, shift, r);
        to += distance;
    }
}

void engine_depthwise_3x3_s8(const engine_conv_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output)
{
    const engine_window *g = &params->window;
    const size_t positions = (size_t)g->out_h * (size_t)g->out_w;
    int32_t *const sums = scratch; /* and one, as pairs may end beyond the last */
    int16_t *const plane =
        (int16_t *)(void *)(sums +
                            (positions < ENGINE_DEPTHWISE_SUMS ? positions
                                                               : ENGINE_DEPTHWISE_SUMS) +
                            1);
    const size_t channels = (size_t)g->in_c;
    const engine_rescale rescale = {
        NULL, NULL, 0, params->output_offset, params->activation_min, params->activation_max,
    };
    /* what pairs of taps reach of a row */
    const size_t pitch = (size_t)g->stride_w * (((size_t)g->out_w + 1) & ~(size_t)1) + 2;
    const int by_plane = ((int)(ENGINE_DEPTHWISE_PLANE / pitch) - 3) / g->stride_h + 1;
    const int by_sums = ENGINE_DEPTHWISE_SUMS / g->out_w;
    const int most = by_plane < by_sums ? by_plane : by_sums;
    band out = {
        .columns = g->out_w, .pitch = pitch, .stride_h = g->stride_h, .stride_w = g->stride_w};

    for (size_t c = 0; c < channels; c++) {
        int8_t *to = output + c;
        for (int oy = 0; oy < g->out_h; oy += most) {
            const int left = g->out_h - oy;
            out.rows = left < most ? left : most;
            const size_t count = (size_t)out.rows * (size_t)g->out_w;
            const int rows = (out.rows - 1) * g->stride_h + 3;
            if (c == 0 && oy == 0) {
                clear(plane, (size_t)rows * pitch);
            }
            fill(plane, pitch, g, input + c, params->input_offset, oy * g->stride_h - g->pad_top,
                 rows);
            add_band(sums, &out, plane, weights + c, channels, bias[c]);
            write_outputs(to, channels, sums, count, multipliers[c], shifts[c], &rescale);
            to += count * channels;
        }
    }
    engine_clamp_outputs_s8(output, positions * channels, &rescale);
}
#endif

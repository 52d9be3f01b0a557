#include "engine_kernels_sparse.h"
#include "engine_requantize.h"
#include "engine_sparse.h"

typedef struct {
    engine_sparse_filters filters;
    engine_sparse_output_s8 output;
    const uint8_t *stream;
    const int32_t *offsets, *bias, *multipliers;
    const int8_t *shifts;
} layer;

/* round(a * b / 2^31), halves up, of |a| < 2^30. */
static inline int32_t high_mul(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    int32_t product;
    __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(2 * a), "r"(b));
    return product;
#elif defined(ENGINE_NARROW_MULTIPLY)
    return engine_high_mul(a, b);
#else
    return (int32_t)(((int64_t)(2 * a) * b + 0x80000000) >> 32);
#endif
}

static inline int32_t saturated(int32_t x)
{
#if defined(__ARM_FEATURE_DSP)
    __asm__("ssat %0, #8, %1" : "=r"(x) : "r"(x));
    return x;
#else
    return x < INT8_MIN ? INT8_MIN : (x > INT8_MAX ? INT8_MAX : x);
#endif
}

/* engine_requantize() of |acc| < 2^30 and -31 <= -shift <= -1, and the activation. */
static inline int8_t output_of(int32_t acc, int32_t multiplier, int shift,
                               const engine_sparse_output_s8 *o)
{
    int32_t q = high_mul(acc, multiplier);
    q = (q + (q >> 31) + ((int32_t)1 << (shift - 1))) >> shift;
    q = saturated(q + o->output_offset);
    if (o->clamps != 0) {
        q = q < o->activation_min ? o->activation_min : q;
        q = q > o->activation_max ? o->activation_max : q;
    }
    return (int8_t)q;
}

static inline int8_t *constants(const uint8_t **stream, int8_t *output)
{
    for (uint_fast8_t count = engine_next_u8(stream); count > 0; count--) {
        *output++ = engine_next_i8(stream);
    }
    return output;
}

static inline int tap(const uint8_t **stream, const int8_t *x)
{
    const uint8_t position = engine_next_u8(stream);
    return x[position] * engine_next_i8(stream);
}

#if defined(__AVR__)
static inline int32_t dot(const uint8_t **stream, const int8_t *x, int32_t acc)
{
    for (uint8_t count = engine_next_u8(stream); count > 0; count--) {
        acc += tap(stream, x);
    }
    return acc;
}
#else
static inline int32_t dot(const uint8_t **stream, const int8_t *x, int32_t acc)
{
    const uint8_t *e = *stream;
    const unsigned count = engine_next_u8(&e);
    const uint8_t *const end = e + 2 * count;
    if ((count & 1) != 0) {
        acc += tap(&e, x);
    }
    if ((count & 2) != 0) {
        acc += tap(&e, x);
        acc += tap(&e, x);
    }
    while (e != end) {
        acc += tap(&e, x);
        acc += tap(&e, x);
        acc += tap(&e, x);
        acc += tap(&e, x);
    }
    *stream = end;
    return acc;
}
#endif

static void one_window(const layer *l, const int8_t *x, int8_t *output)
{
    const layer copy = *l; /* int8_t stores may alias *l */
    const int32_t *const end = copy.offsets + copy.filters.segments;
    const uint8_t *stream = copy.stream;
    size_t channel = 0;

    for (uint16_t f = 0; f < copy.filters.live; f++) {
        output = constants(&stream, output);
        int32_t acc = engine_flash_i32(copy.bias + f);
        const int32_t *offset = copy.offsets;
        do {
            acc = dot(&stream, x + engine_flash_i32(offset++), acc);
        } while (offset != end);
        *output++ = output_of(acc, engine_flash_i32(copy.multipliers + channel),
                              engine_flash_i8(copy.shifts + channel), &copy.output);
        channel += copy.output.rescale_step;
    }
    constants(&stream, output);
}

#if ENGINE_SPARSE_BLOCK == 4
static inline size_t constants_of_four(const uint8_t **stream, int8_t *const output[], size_t place)
{
    for (uint_fast8_t count = engine_next_u8(stream); count > 0; count--) {
        const int8_t value = engine_next_i8(stream);
        output[0][place] = value;
        output[1][place] = value;
        output[2][place] = value;
        output[3][place] = value;
        place++;
    }
    return place;
}

static void four_windows(const layer *l, const int8_t *const x[], int8_t *const output[])
{
    const layer copy = *l; /* int8_t stores may alias *l */
    int8_t *const y[4] = {output[0], output[1], output[2], output[3]};
    const int32_t *const end = copy.offsets + copy.filters.segments;
    const uint8_t *stream = copy.stream;
    size_t place = 0;
    size_t channel = 0;

    for (uint16_t f = 0; f < copy.filters.live; f++) {
        place = constants_of_four(&stream, y, place);
        int32_t acc0 = copy.bias[f];
        int32_t acc1 = acc0, acc2 = acc0, acc3 = acc0;
        const int32_t *offset = copy.offsets;
        do {
            const int8_t *x0 = x[0] + *offset;
            const int8_t *x1 = x[1] + *offset;
            const int8_t *x2 = x[2] + *offset;
            const int8_t *x3 = x[3] + *offset;
            offset++;
            for (uint_fast8_t count = engine_next_u8(&stream); count > 0; count--) {
                const uint8_t position = engine_next_u8(&stream);
                const int8_t weight = engine_next_i8(&stream);
                acc0 += x0[position] * weight;
                acc1 += x1[position] * weight;
                acc2 += x2[position] * weight;
                acc3 += x3[position] * weight;
            }
        } while (offset != end);
        const int32_t multiplier = copy.multipliers[channel];
        const int shift = copy.shifts[channel];
        y[0][place] = output_of(acc0, multiplier, shift, &copy.output);
        y[1][place] = output_of(acc1, multiplier, shift, &copy.output);
        y[2][place] = output_of(acc2, multiplier, shift, &copy.output);
        y[3][place] = output_of(acc3, multiplier, shift, &copy.output);
        place++;
        channel += copy.output.rescale_step;
    }
    constants_of_four(&stream, y, place);
}
#endif

/* Windows that wait until a block of them is complete. */
typedef struct {
    const int8_t *x[ENGINE_SPARSE_BLOCK];
    int8_t *output[ENGINE_SPARSE_BLOCK];
    int count;
} block;

static inline void add_window(block *b, const layer *l, const int8_t *x, int8_t *output)
{
#if ENGINE_SPARSE_BLOCK == 4
    b->x[b->count] = x;
    b->output[b->count] = output;
    if (++b->count == ENGINE_SPARSE_BLOCK) {
        four_windows(l, b->x, b->output);
        b->count = 0;
    }
#else
    (void)b;
    one_window(l, x, output);
#endif
}

static inline void finish_block(const block *b, const layer *l)
{
    for (int i = 0; i < b->count; i++) {
        one_window(l, b->x[i], b->output[i]);
    }
}

void engine_sparse_s8(const engine_sparse_s8_params *params, const int8_t *input,
                      const uint8_t *stream, const int32_t *offsets, const int32_t *bias,
                      const int32_t *multipliers, const int8_t *shifts, int8_t *output)
{
    engine_sparse_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const layer l = {p.filters, p.output, stream, offsets, bias, multipliers, shifts};
    block windows = {.count = 0};

    for (uint16_t oy = 0; oy < p.grid.out_h; oy++) {
        const int8_t *x = input;
        for (uint16_t ox = 0; ox < p.grid.out_w; ox++) {
            add_window(&windows, &l, x, output);
            x += p.grid.step_x;
            output += p.grid.out_c;
        }
        input += p.grid.step_y;
    }
    finish_block(&windows, &l);
}

static void border_window(const layer *l, const engine_sparse_padded_s8_params *p, int top,
                          int left, const int8_t *input, const int32_t *places, int8_t *output)
{
    const uint8_t *stream = l->stream;

    for (uint16_t f = 0; f < l->filters.live; f++) {
        output = constants(&stream, output);
        int32_t acc = engine_flash_i32(l->bias + f);
        for (uint_fast16_t s = 0; s < l->filters.segments; s++) {
            const engine_sparse_cut cut =
                engine_sparse_clip(&p->window, places + 2 * (size_t)s, top, left);
            const int8_t *row = input + cut.row;
            for (uint_fast8_t count = engine_next_u8(&stream); count > 0; count--) {
                const size_t place = (size_t)(cut.first + engine_next_u8(&stream));
                const int value = place < cut.width ? row[place] : p->pad_value;
                acc += value * engine_next_i8(&stream);
            }
        }
        const size_t channel = (size_t)f * l->output.rescale_step;
        *output++ = output_of(acc, engine_flash_i32(l->multipliers + channel),
                              engine_flash_i8(l->shifts + channel), &l->output);
    }
    constants(&stream, output);
}

void engine_sparse_padded_s8(const engine_sparse_padded_s8_params *params, const int8_t *input,
                             const uint8_t *stream, const int32_t *offsets, const int32_t *places,
                             const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                             int8_t *output)
{
    engine_sparse_padded_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const layer l = {p.filters, p.output, stream, offsets, bias, multipliers, shifts};
    block windows = {.count = 0};

    for (int oy = 0; oy < g->out_h; oy++) {
        const int top = oy * g->stride_h - g->pad_top;
        const int whole_rows = engine_sparse_inside(top, g->kernel_h, g->dilation_h, g->in_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const int left = ox * g->stride_w - g->pad_left;
            if (whole_rows && engine_sparse_inside(left, g->kernel_w, g->dilation_w, g->in_w)) {
                const int32_t first = ((int32_t)top * g->in_w + left) * g->in_c;
                add_window(&windows, &l, input + first, output);
            } else {
                border_window(&l, &p, top, left, input, places, output);
            }
            output += g->out_c;
        }
    }
    finish_block(&windows, &l);
}

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
    /* (q + 2^(shift-1)) >> shift, and the offset added before the last halving */
    q = ((q + (q >> 31)) >> (shift - 1)) + 1 + 2 * o->output_offset;
    q = saturated(q >> 1);
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

static inline int product_of(int8_t x, int8_t weight)
{
    int product = x * weight;
#if defined(__AVR__)
    __asm__("" : "+r"(product)); /* else GCC calls a multiplication of 16 bits */
#endif
    return product;
}

static inline int tap(const uint8_t **stream, const int8_t *x)
{
    const uint8_t position = engine_next_u8(stream);
    return product_of(x[position], engine_next_i8(stream));
}

#if defined(__AVR__)
static inline int32_t dot(const uint8_t **stream, const int8_t *x, int32_t acc)
{
    const uint8_t *e = *stream; /* in Z throughout */
    for (uint8_t count = engine_next_u8(&e); count > 0; count--) {
        acc += tap(&e, x);
    }
    *stream = e;
    return acc;
}
#else
static inline int32_t four_taps(const uint8_t *e, const int8_t *x, int32_t acc)
{
    acc += x[e[0]] * (int8_t)e[1];
    acc += x[e[2]] * (int8_t)e[3];
    acc += x[e[4]] * (int8_t)e[5];
    return acc + x[e[6]] * (int8_t)e[7];
}

/* The taps beyond groups of eight come first, so that the loop needs no test but its end. */
static inline __attribute__((always_inline)) int32_t dot(const uint8_t **stream, const int8_t *x,
                                                         int32_t acc)
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
    if ((count & 4) != 0) {
        acc = four_taps(e, x, acc);
        e += 8;
    }
    for (; e != end; e += 16) {
        acc = four_taps(e, x, acc);
        acc = four_taps(e + 8, x, acc);
    }
    *stream = end;
    return acc;
}
#endif

/* The second segment and those behind it, which few layers have. */
__attribute__((noinline)) static const uint8_t *
further_segments(const uint8_t *stream, const layer *l, const int8_t *x, int32_t *acc)
{
    int32_t sum = *acc;
    for (uint16_t s = 1; s < l->filters.segments; s++) {
        sum = dot(&stream, x + engine_flash_i32(l->offsets + s), sum);
    }
    *acc = sum;
    return stream;
}

static inline int32_t filter_of(const uint8_t **stream, const layer *l, const int8_t *x,
                                const int8_t *first, unsigned segments, int32_t acc)
{
    acc = dot(stream, first, acc);
    if (segments > 1) {
        int32_t sum = acc; /* its address is taken: acc stays in a register */
        *stream = further_segments(*stream, l, x, &sum);
        acc = sum;
    }
    return acc;
}

static void one_window(const layer *l, const int8_t *x, int8_t *output)
{
    const layer copy = *l; /* int8_t stores may alias *l */
    const int32_t *bias = copy.bias;
    const int8_t *const first = x + engine_flash_i32(copy.offsets);
    const uint8_t *stream = copy.stream;
    size_t channel = 0;

    for (uint16_t f = copy.filters.live; f > 0; f--) {
        output = constants(&stream, output);
        const int32_t acc =
            filter_of(&stream, l, x, first, copy.filters.segments, engine_flash_i32(bias++));
        *output++ = output_of(acc, engine_flash_i32(copy.multipliers + channel),
                              engine_flash_i8(copy.shifts + channel), &copy.output);
        channel += copy.output.rescale_step;
    }
    constants(&stream, output);
}

#define WINDOWS 4

#if !defined(__AVR__)
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

#define TAP_OF_FOUR(place)                                                                         \
    do {                                                                                           \
        const uint8_t position = e[place];                                                         \
        const int8_t weight = (int8_t)e[(place) + 1];                                              \
        acc0 += x0[position] * weight;                                                             \
        acc1 += x1[position] * weight;                                                             \
        acc2 += x2[position] * weight;                                                             \
        acc3 += x3[position] * weight;                                                             \
    } while (0)

/* Sums of one filter over four windows, each tap read once for all; returns the stream behind it.
 * A function of its own, for its sums and addresses take all registers there are. */
__attribute__((noinline)) static const uint8_t *sums_of_four(const uint8_t *e, const layer *l,
                                                             const int8_t *const x[], int32_t bias,
                                                             int32_t sums[])
{
    const int32_t *offset = l->offsets;
    const int32_t *const end = offset + l->filters.segments;
    int32_t acc0 = bias, acc1 = bias, acc2 = bias, acc3 = bias;
    do {
        const int8_t *x0 = x[0] + *offset;
        const int8_t *x1 = x[1] + *offset;
        const int8_t *x2 = x[2] + *offset;
        const int8_t *x3 = x[3] + *offset;
        /* else the offset would be added at every tap */
        __asm__("" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3));
        offset++;
        const unsigned count = engine_next_u8(&e);
        const uint8_t *const last = e + 2 * count;
        if ((count & 1) != 0) {
            TAP_OF_FOUR(0);
            e += 2;
        }
        for (; e != last; e += 4) {
            TAP_OF_FOUR(0);
            TAP_OF_FOUR(2);
        }
    } while (offset != end);
    sums[0] = acc0;
    sums[1] = acc1;
    sums[2] = acc2;
    sums[3] = acc3;
    return e;
}

static void four_windows(const layer *l, const int8_t *const x[], int8_t *const output[])
{
    const layer copy = *l; /* int8_t stores may alias *l */
    int8_t *const y[WINDOWS] = {output[0], output[1], output[2], output[3]};
    const uint8_t *stream = copy.stream;
    size_t place = 0;
    size_t channel = 0;

    for (uint16_t f = 0; f < copy.filters.live; f++) {
        place = constants_of_four(&stream, y, place);
        int32_t sums[WINDOWS];
        stream = sums_of_four(stream, l, x, copy.bias[f], sums);
        const int32_t multiplier = copy.multipliers[channel];
        const int shift = copy.shifts[channel];
        y[0][place] = output_of(sums[0], multiplier, shift, &copy.output);
        y[1][place] = output_of(sums[1], multiplier, shift, &copy.output);
        y[2][place] = output_of(sums[2], multiplier, shift, &copy.output);
        y[3][place] = output_of(sums[3], multiplier, shift, &copy.output);
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

/* Greatest sum of one filter over four windows. */
static inline int32_t best_of_four(const uint8_t **stream, const layer *l, const int8_t *const x[],
                                   int32_t bias)
{
#if defined(__AVR__)
    const uint8_t *const first = *stream;
    int32_t best = INT32_MIN;
    for (uint8_t i = 0; i < WINDOWS; i++) {
        *stream = first;
        const int32_t acc = filter_of(stream, l, x[i], x[i] + engine_flash_i32(l->offsets),
                                      l->filters.segments, bias);
        best = acc > best ? acc : best;
    }
    return best;
#else
    int32_t sums[WINDOWS];
    *stream = sums_of_four(*stream, l, x, bias, sums);
    const int32_t first = sums[0] > sums[1] ? sums[0] : sums[1];
    const int32_t second = sums[2] > sums[3] ? sums[2] : sums[3];
    return first > second ? first : second;
#endif
}

static int8_t *best_window(const layer *l, const int8_t *const x[], int8_t *output)
{
    const layer copy = *l; /* int8_t stores may alias *l */
    const uint8_t *stream = copy.stream;
    size_t channel = 0;

    for (uint16_t f = 0; f < copy.filters.live; f++) {
        output = constants(&stream, output);
        const int32_t best = best_of_four(&stream, l, x, engine_flash_i32(copy.bias + f));
        *output++ = output_of(best, engine_flash_i32(copy.multipliers + channel),
                              engine_flash_i8(copy.shifts + channel), &copy.output);
        channel += copy.output.rescale_step;
    }
    return constants(&stream, output);
}

void engine_sparse_max_pool_s8(const engine_sparse_max_pool_s8_params *params, const int8_t *input,
                               const uint8_t *stream, const int32_t *offsets, const int32_t *bias,
                               const int32_t *multipliers, const int8_t *shifts, int8_t *output)
{
    engine_sparse_max_pool_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_sparse_grid *g = &p.conv.grid;
    const layer l = {p.conv.filters, p.conv.output, stream, offsets, bias, multipliers, shifts};
    int32_t within[WINDOWS];

    for (uint8_t i = 0; i < WINDOWS; i++) {
        within[i] = (int32_t)(i / p.pool_w) * g->step_y + (int32_t)(i % p.pool_w) * g->step_x;
    }
    for (uint16_t oy = p.pool_h; oy <= g->out_h; oy = (uint16_t)(oy + p.pool_h)) {
        const int8_t *first = input;
        for (uint16_t ox = p.pool_w; ox <= g->out_w; ox = (uint16_t)(ox + p.pool_w)) {
            const int8_t *const x[WINDOWS] = {first + within[0], first + within[1],
                                              first + within[2], first + within[3]};
            output = best_window(&l, x, output);
            first += p.pool_w * g->step_x;
        }
        input += p.pool_h * g->step_y;
    }
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
                const int8_t value = place < cut.width ? row[place] : (int8_t)p->pad_value;
                acc += product_of(value, engine_next_i8(&stream));
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

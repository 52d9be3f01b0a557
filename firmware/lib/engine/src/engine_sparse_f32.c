#include "engine_clamp_f32.h"
#include "engine_kernels_sparse.h"
#include "engine_sparse.h"

typedef struct {
    engine_sparse_filters filters;
    float activation_min, activation_max;
    const uint8_t *stream;
    const int32_t *offsets;
    const float *weights, *bias;
} layer;

/* The two arrays in which a filter is stored, read in step. */
typedef struct {
    const uint8_t *stream;
    const float *weights;
} reader;

/* x * y + sum, fused where the core has an instruction for it. */
static inline float multiply_add(float x, float y, float sum)
{
#if defined(__FP_FAST_FMAF)
    return __builtin_fmaf(x, y, sum);
#else
    return x * y + sum;
#endif
}

static inline float clamped(const layer *l, float sum)
{
    return engine_clamp_f32(sum, l->activation_min, l->activation_max);
}

static inline float *constants(reader *r, float *output)
{
    for (uint_fast8_t count = engine_next_u8(&r->stream); count > 0; count--) {
        *output++ = engine_flash_f32(r->weights++);
    }
    return output;
}

static inline float tap(reader *r, const float *x, float sum)
{
    const float value = x[engine_next_u8(&r->stream)];
    return multiply_add(value, engine_flash_f32(r->weights++), sum);
}

static inline float dot(reader *r, const float *x, float sum)
{
    const unsigned count = engine_next_u8(&r->stream);
    const uint8_t *const end = r->stream + count;
    if ((count & 1) != 0) {
        sum = tap(r, x, sum);
    }
    if ((count & 2) != 0) {
        sum = tap(r, x, sum);
        sum = tap(r, x, sum);
    }
    while (r->stream != end) {
        sum = tap(r, x, sum);
        sum = tap(r, x, sum);
        sum = tap(r, x, sum);
        sum = tap(r, x, sum);
    }
    return sum;
}

static void one_window(const layer *l, const float *x, float *output)
{
    reader r = {l->stream, l->weights};
    const float *bias = l->bias;

    for (uint16_t f = l->filters.live; f > 0; f--) {
        output = constants(&r, output);
        float sum = 0.0f;
        for (uint16_t s = 0; s < l->filters.segments; s++) {
            sum = dot(&r, x + engine_segment_offset(l->offsets, s), sum);
        }
        *output++ = clamped(l, sum + engine_flash_f32(bias++));
    }
    constants(&r, output);
}

#if ENGINE_SPARSE_BLOCK == 4
static inline size_t constants_of_four(reader *r, float *const output[], size_t place)
{
    for (uint_fast8_t count = engine_next_u8(&r->stream); count > 0; count--) {
        const float value = *r->weights++;
        output[0][place] = value;
        output[1][place] = value;
        output[2][place] = value;
        output[3][place] = value;
        place++;
    }
    return place;
}

static void four_windows(const layer *l, const float *const x[], float *const output[])
{
    reader r = {l->stream, l->weights};
    const float *bias = l->bias;
    size_t place = 0;

    for (uint16_t f = l->filters.live; f > 0; f--) {
        place = constants_of_four(&r, output, place);
        float sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;
        for (uint16_t s = 0; s < l->filters.segments; s++) {
            const size_t offset = engine_segment_offset(l->offsets, s);
            const float *x0 = x[0] + offset;
            const float *x1 = x[1] + offset;
            const float *x2 = x[2] + offset;
            const float *x3 = x[3] + offset;
            for (uint_fast8_t count = engine_next_u8(&r.stream); count > 0; count--) {
                const uint8_t position = engine_next_u8(&r.stream);
                const float weight = *r.weights++;
                sum0 = multiply_add(x0[position], weight, sum0);
                sum1 = multiply_add(x1[position], weight, sum1);
                sum2 = multiply_add(x2[position], weight, sum2);
                sum3 = multiply_add(x3[position], weight, sum3);
            }
        }
        output[0][place] = clamped(l, sum0 + *bias);
        output[1][place] = clamped(l, sum1 + *bias);
        output[2][place] = clamped(l, sum2 + *bias);
        output[3][place] = clamped(l, sum3 + *bias);
        place++;
        bias++;
    }
    constants_of_four(&r, output, place);
}
#endif

/* Windows that wait until a block of them is complete. */
typedef struct {
    const float *x[ENGINE_SPARSE_BLOCK];
    float *output[ENGINE_SPARSE_BLOCK];
    int count;
} block;

static inline void add_window(block *b, const layer *l, const float *x, float *output)
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

void engine_sparse_f32(const engine_sparse_f32_params *params, const float *input,
                       const uint8_t *stream, const int32_t *offsets, const float *weights,
                       const float *bias, float *output)
{
    engine_sparse_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const layer l = {p.filters, p.activation_min, p.activation_max, stream, offsets, weights, bias};
    block windows = {.count = 0};

    for (uint16_t oy = 0; oy < p.grid.out_h; oy++) {
        const float *x = input;
        for (uint16_t ox = 0; ox < p.grid.out_w; ox++) {
            add_window(&windows, &l, x, output);
            x += p.grid.step_x;
            output += p.grid.out_c;
        }
        input += p.grid.step_y;
    }
    finish_block(&windows, &l);
}

static void border_window(const layer *l, const engine_window *g, int top, int left,
                          const float *input, const int32_t *places, float *output)
{
    reader r = {l->stream, l->weights};

    for (uint16_t f = 0; f < l->filters.live; f++) {
        output = constants(&r, output);
        float sum = 0.0f;
        for (uint16_t s = 0; s < l->filters.segments; s++) {
            const engine_sparse_cut cut = engine_sparse_clip(g, places + 2 * (size_t)s, top, left);
            const float *row = input + cut.row;
            for (uint_fast8_t count = engine_next_u8(&r.stream); count > 0; count--) {
                const size_t place = (size_t)(cut.first + engine_next_u8(&r.stream));
                const float weight = engine_flash_f32(r.weights++);
                if (place < cut.width) {
                    sum = multiply_add(row[place], weight, sum);
                }
            }
        }
        *output++ = clamped(l, sum + engine_flash_f32(l->bias + f));
    }
    constants(&r, output);
}

void engine_sparse_padded_f32(const engine_sparse_padded_f32_params *params, const float *input,
                              const uint8_t *stream, const int32_t *offsets, const int32_t *places,
                              const float *weights, const float *bias, float *output)
{
    engine_sparse_padded_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const layer l = {p.filters, p.activation_min, p.activation_max, stream, offsets, weights, bias};
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
                border_window(&l, g, top, left, input, places, output);
            }
            output += g->out_c;
        }
    }
    finish_block(&windows, &l);
}

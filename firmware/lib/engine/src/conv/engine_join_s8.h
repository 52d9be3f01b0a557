/* Windows of an int8 input as contiguous bytes, one row of the kernel after the other. */
#ifndef ENGINE_JOIN_S8_H
#define ENGINE_JOIN_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_bytes.h"
#include "core/engine_dot.h"
#include "engine_window.h"

/* A layer whose windows are joined; sizes and distances in bytes. */
typedef struct {
    const engine_window *window;
    const int8_t *input;
    size_t in_row; /* a row of the input */
    size_t x_row;  /* from one row of a window to the next in the input */
    size_t row;    /* a row of a window */
    int8_t pad_value;
} engine_joining;

static inline engine_joining engine_joining_of(const engine_window *g, const int8_t *input,
                                               int8_t pad_value)
{
    const size_t in_row = (size_t)g->in_w * (size_t)g->in_c;
    return (engine_joining){
        .window = g,
        .input = input,
        .in_row = in_row,
        .x_row = (size_t)g->dilation_h * in_row,
        .row = (size_t)g->kernel_w * (size_t)g->in_c,
        .pad_value = pad_value,
    };
}

/* Return the kernel's rows that lie inside the input for output row oy. */
static __attribute__((noinline)) engine_taps engine_join_rows(const engine_joining *j, int oy)
{
    const engine_window *g = j->window;
    return engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
}

/* Copy `rows` rows of `count` bytes. Inlined, as most windows are whole. */
static inline __attribute__((always_inline)) void
engine_join_copy(int8_t *to, size_t pitch, const int8_t *x, size_t x_pitch, int rows, size_t count)
{
#if ENGINE_COPY_BYTES == 16
    engine_copy_rows(to, pitch, x, x_pitch, rows, count);
    return;
#endif
    pitch -= count;
    x_pitch -= count;
    for (; rows > 0; rows--) {
        size_t rest = count;
#if ENGINE_COPY_BYTES >= 4
        for (; rest >= 4; rest -= 4) {
            engine_store_4(to, engine_load_4(x));
            to += 4;
            x += 4;
        }
#endif
        for (; rest > 0; rest--) {
            *to++ = *x++;
        }
        to += pitch;
        x += x_pitch;
    }
}

/* Join a window at the border, or one with dilated columns. */
static __attribute__((noinline, cold)) void engine_join_parts(int8_t *to, const engine_joining *j,
                                                              engine_taps rows, int origin)
{
    const engine_window *g = j->window;
    const engine_taps columns = engine_clip(origin, g->in_w, g->kernel_w, g->dilation_w);
    const size_t in_c = (size_t)g->in_c;
    size_t taps = (size_t)g->kernel_h * j->row;
#if ENGINE_COPY_BYTES == 16
    engine_fill(to, j->pad_value, taps);
#else
    for (; taps % 4 != 0; taps--) {
        to[taps - 1] = j->pad_value;
    }
    for (; taps > 0; taps -= 4) {
        engine_store_4(to + taps - 4, (uint8_t)j->pad_value * 0x01010101u);
    }
#endif
    to += (size_t)rows.first * j->row + (size_t)columns.first * in_c;
    const int8_t *x = j->input + (size_t)rows.start * j->in_row + (size_t)columns.start * in_c;
#if ENGINE_COPY_BYTES == 16
    if (g->dilation_w == 1 && columns.count > 0) {
        engine_join_copy(to, j->row, x, j->x_row, rows.count, (size_t)columns.count * in_c);
        return;
    }
#endif
    for (int i = 0; i < columns.count; i++) {
        engine_join_copy(to, j->row, x, j->x_row, rows.count, in_c);
        to += in_c;
        x += (size_t)g->dilation_w * in_c;
    }
}

/* Join the window of output pixel (oy, ox); `rows` are engine_join_rows() of oy. */
static inline void engine_join(int8_t *to, const engine_joining *j, engine_taps rows, int ox)
{
    const engine_window *g = j->window;
    const int origin = ox * g->stride_w - g->pad_left;
    if (rows.count == g->kernel_h && g->dilation_w == 1 && origin >= 0 &&
        origin + g->kernel_w <= g->in_w) {
        const int8_t *x =
            j->input + (size_t)rows.start * j->in_row + (size_t)origin * (size_t)g->in_c;
        engine_join_copy(to, j->row, x, j->x_row, g->kernel_h, j->row);
    } else {
        engine_join_parts(to, j, rows, origin);
    }
}

#endif

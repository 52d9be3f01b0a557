/* Measuring the stack of one call by painting what lies below the stack pointer. */
#ifndef STACK_PAINT_H
#define STACK_PAINT_H

#include <stdint.h>

#define STACK_PAINT 0xA5u

/* volatile keeps these loops from becoming calls to memset, whose own frame would be painted. */
static inline void stack_paint(volatile uint8_t *limit, volatile uint8_t *end)
{
    while (limit < end) {
        *limit++ = STACK_PAINT;
    }
}

/* The lowest byte between limit and end that is not paint any more; end where all is. */
static inline volatile uint8_t *stack_reached(volatile uint8_t *limit, volatile uint8_t *end)
{
    while (limit < end && *limit == STACK_PAINT) {
        limit++;
    }
    return limit;
}

/* Depth in bytes that run(arena) reaches below `pointer`, the caller's stack pointer, on a stack
 * that may grow down to `limit`. Inlined, so that nothing is pushed between painting and run. */
static inline __attribute__((always_inline)) uint32_t stack_depth(void (*run)(uint8_t *arena),
                                                                  uint8_t *arena,
                                                                  volatile uint8_t *limit,
                                                                  volatile uint8_t *pointer)
{
    stack_paint(limit, pointer);
    run(arena);
    return (uint32_t)(pointer - stack_reached(limit, pointer));
}

#endif

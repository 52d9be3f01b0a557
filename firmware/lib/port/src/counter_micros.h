/* Any other Arduino board: micros(), whose steps may be longer than its unit. */
#ifndef COUNTER_MICROS_H
#define COUNTER_MICROS_H

#include "arduino_core.h"

#define COUNTER_NAME "micros"
#define CORE_NAME "unknown"

static uint32_t counter_from;

static inline void counter_init(void) {}

static inline void counter_start(void)
{
    counter_from = (uint32_t)micros();
}

static inline uint64_t counter_stop(void)
{
    return (uint32_t)micros() - counter_from;
}

static inline uint32_t counter_hz(void)
{
    return 1000000u;
}

static inline uint32_t core_hz(void)
{
#if defined(F_CPU)
    return F_CPU;
#else
    return 0;
#endif
}

#endif

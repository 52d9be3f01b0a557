/* Cortex-M with the DWT unit: CYCCNT (Armv7-M Architecture Reference Manual, C1.8). Interrupts stay
 * on, as USB needs them; the median over many runs is free of them. The counter is only read: on
 * the Teensy micros() is made of it. */
#ifndef COUNTER_DWT_H
#define COUNTER_DWT_H

#include "arduino_core.h"
#include "core_arm.h"
#include "counter_wrap.h"
#include "dwt.h"

#if __ARM_FP & 8
#include "cache_m7.h"
#endif

#define COUNTER_NAME "dwt-cyccnt"

#if defined(__IMXRT1062__)
extern "C" volatile uint32_t F_CPU_ACTUAL; /* Teensy 4: what its core set the clock to */
#define CORE_CLOCK F_CPU_ACTUAL
#elif defined(ARDUINO_ARCH_RP2040)
#define CORE_CLOCK ((uint32_t)rp2040.f_cpu()) /* RP2350; its core links no SystemCoreClock */
#else
extern "C" uint32_t SystemCoreClock;
#define CORE_CLOCK SystemCoreClock
#endif

static uint32_t counter_from, counter_from_us;

static inline uint32_t core_hz(void)
{
    return CORE_CLOCK;
}

static inline uint32_t counter_hz(void)
{
    return core_hz();
}

static inline void counter_init(void)
{
    dwt_on();
#if __ARM_FP & 8
    cache_instructions_on();
#endif
}

static inline void counter_start(void)
{
    counter_from_us = (uint32_t)micros();
    counter_from = DWT_CYCLES;
}

static inline uint64_t counter_stop(void)
{
    const uint32_t cycles = DWT_CYCLES - counter_from;
    return counter_unwrap(cycles, (uint32_t)micros() - counter_from_us, core_hz());
}

#endif

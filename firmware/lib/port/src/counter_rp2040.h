/* RP2040 (Cortex-M0+, no cycle counter): the 64-bit microsecond timer (data sheet 4.6), read by its
 * raw registers so that any of its Arduino cores will do. The core's clock is measured at boot by
 * the chip's frequency counter (2.15.4), against the crystal of 12 MHz that all its boards have. */
#ifndef COUNTER_RP2040_H
#define COUNTER_RP2040_H

#include "arduino_core.h"

#define COUNTER_NAME "rp2040-timer"
#define CORE_NAME "cortex-m0plus"

#define TIMER_HIGH (*(volatile uint32_t *)0x40054024u)
#define TIMER_LOW (*(volatile uint32_t *)0x40054028u)

#define FREQUENCY(offset) (*(volatile uint32_t *)(0x40008080u + (offset)))
#define FREQUENCY_REFERENCE_KHZ FREQUENCY(0x00u)
#define FREQUENCY_LEAST_KHZ FREQUENCY(0x04u)
#define FREQUENCY_GREATEST_KHZ FREQUENCY(0x08u)
#define FREQUENCY_INTERVAL FREQUENCY(0x10u) /* 0.98 us * 2^interval */
#define FREQUENCY_SOURCE FREQUENCY(0x14u)   /* writing it starts the count */
#define FREQUENCY_STATUS FREQUENCY(0x18u)
#define FREQUENCY_RESULT FREQUENCY(0x1Cu) /* kHz, 5 bits of fraction */
#define FREQUENCY_DONE (1u << 4)
#define CRYSTAL_KHZ 12000u
#define CORE_SOURCE 9u
#define MEASURING_US 10000u

static uint64_t counter_from;
static uint32_t counter_core_hz;

static inline uint64_t counter_read(void)
{
    uint32_t high, low;
    do {
        high = TIMER_HIGH;
        low = TIMER_LOW;
    } while (high != TIMER_HIGH);
    return ((uint64_t)high << 32) | low;
}

static inline void counter_init(void)
{
    FREQUENCY_REFERENCE_KHZ = CRYSTAL_KHZ;
    FREQUENCY_LEAST_KHZ = 0;
    FREQUENCY_GREATEST_KHZ = UINT32_MAX;
    FREQUENCY_INTERVAL = 10;
    FREQUENCY_SOURCE = CORE_SOURCE;
    const uint64_t end = counter_read() + MEASURING_US;
    while (!(FREQUENCY_STATUS & FREQUENCY_DONE) && counter_read() < end) {
    }
    const uint32_t khz = (FREQUENCY_RESULT + 16u) >> 5;
    counter_core_hz = (FREQUENCY_STATUS & FREQUENCY_DONE) ? khz * 1000u : F_CPU;
}

static inline void counter_start(void)
{
    counter_from = counter_read();
}

static inline uint64_t counter_stop(void)
{
    return counter_read() - counter_from;
}

static inline uint32_t counter_hz(void)
{
    return 1000000u;
}

static inline uint32_t core_hz(void)
{
    return counter_core_hz;
}

#endif

/* RISC-V cores of the RP2350 (Hazard3): mcycle, 64 bits, which stands still after reset to save
 * power (RP2350 Datasheet, 3.8). Interrupts stay on, as USB needs them. */
#ifndef COUNTER_HAZARD3_H
#define COUNTER_HAZARD3_H

#include "arduino_core.h"

#define COUNTER_NAME "mcycle"
#define CORE_NAME "rv32imc"

static uint64_t counter_from;

static inline uint32_t core_hz(void)
{
    return (uint32_t)rp2040.f_cpu();
}

static inline uint32_t counter_hz(void)
{
    return core_hz();
}

static inline uint64_t counter_read(void)
{
    uint32_t high, low, again;
    do {
        __asm volatile("csrr %0, mcycleh" : "=r"(high));
        __asm volatile("csrr %0, mcycle" : "=r"(low));
        __asm volatile("csrr %0, mcycleh" : "=r"(again));
    } while (high != again);
    return ((uint64_t)high << 32) | low;
}

static inline void counter_init(void)
{
    __asm volatile("csrci 0x320, 1"); /* mcountinhibit, the bit of mcycle */
}

static inline void counter_start(void)
{
    counter_from = counter_read();
}

static inline uint64_t counter_stop(void)
{
    return counter_read() - counter_from;
}

#endif

/* RP2040 (Cortex-M0+, no cycle counter): the 64-bit microsecond timer (data sheet 4.6), read by its
 * raw registers so that any of its Arduino cores will do. */
#ifndef COUNTER_RP2040_H
#define COUNTER_RP2040_H

#define COUNTER_NAME "rp2040-timer"
#define CORE_NAME "cortex-m0plus"

#define TIMER_HIGH (*(volatile uint32_t *)0x40054024u)
#define TIMER_LOW (*(volatile uint32_t *)0x40054028u)

static uint64_t counter_from;

static inline uint64_t counter_read(void)
{
    uint32_t high, low;
    do {
        high = TIMER_HIGH;
        low = TIMER_LOW;
    } while (high != TIMER_HIGH);
    return ((uint64_t)high << 32) | low;
}

static inline void counter_init(void) {}

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
    return F_CPU;
}

#endif

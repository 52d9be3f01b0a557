/* ESP8266: the core's cycle counter. The software watchdog would bite in an inference of more than
 * some 3 s, so that it is off while the counter runs; the hardware watchdog (some 8 s) cannot be
 * turned off, and is fed before. The radio stays off: its core does not start it at boot.
 */
#ifndef COUNTER_ESP8266_H
#define COUNTER_ESP8266_H

#include "arduino_core.h"
#include "counter_wrap.h"

#define COUNTER_NAME "ccount"
#define CORE_NAME "xtensa-lx106"
#define WATCHDOG_MS 3000u

static uint32_t counter_from, counter_from_us;

static inline uint32_t core_hz(void)
{
    return ESP.getCpuFreqMHz() * 1000000u;
}

static inline uint32_t counter_hz(void)
{
    return core_hz();
}

static inline void counter_init(void) {}

static inline void counter_start(void)
{
    ESP.wdtFeed();
    ESP.wdtDisable();
    counter_from_us = (uint32_t)micros();
    counter_from = ESP.getCycleCount();
}

static inline uint64_t counter_stop(void)
{
    const uint32_t cycles = (uint32_t)ESP.getCycleCount() - counter_from;
    const uint32_t elapsed_us = (uint32_t)micros() - counter_from_us;
    ESP.wdtEnable(WATCHDOG_MS);
    return counter_unwrap(cycles, elapsed_us, core_hz());
}

#endif

/* ESP32 family: the core's cycle counter. Interrupts stay on, as the system's watchdogs need them;
 * the loop task does not move between cores. */
#ifndef COUNTER_ESP32_H
#define COUNTER_ESP32_H

#include "arduino_core.h"
#include "counter_wrap.h"

#if defined(CONFIG_IDF_TARGET_ESP32P4)
#define COUNTER_NAME "mcycle"
#define CORE_NAME "rv32imafc"
#elif defined(__riscv)
#define COUNTER_NAME "mpccr"
#define CORE_NAME "rv32imc"
#elif defined(CONFIG_IDF_TARGET_ESP32)
#define COUNTER_NAME "ccount"
#define CORE_NAME "xtensa-lx6"
#else
#define COUNTER_NAME "ccount"
#define CORE_NAME "xtensa-lx7"
#endif

static uint32_t counter_from, counter_from_us;

static inline uint32_t core_hz(void)
{
    return getCpuFrequencyMhz() * 1000000u;
}

static inline uint32_t counter_hz(void)
{
    return core_hz();
}

/* A long inference would trip the idle task's watchdog. */
static inline void counter_init(void)
{
    disableCore0WDT();
}

static inline void counter_start(void)
{
    counter_from_us = (uint32_t)micros();
    counter_from = ESP.getCycleCount();
}

static inline uint64_t counter_stop(void)
{
    const uint32_t cycles = (uint32_t)ESP.getCycleCount() - counter_from;
    return counter_unwrap(cycles, (uint32_t)micros() - counter_from_us, core_hz());
}

#endif

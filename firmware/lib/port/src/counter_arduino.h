/* The counter of each Arduino family: the header that fits defines
 *
 *   COUNTER_NAME, CORE_NAME      strings of at most 23 characters
 *   counter_init()               once at boot
 *   counter_start()              resets it
 *   counter_stop()               ticks since counter_start, uint64_t
 *   counter_hz(), core_hz()      uint32_t
 */
#ifndef COUNTER_ARDUINO_H
#define COUNTER_ARDUINO_H

#if defined(__AVR__)
#include "counter_avr.h"
#elif defined(ARDUINO_ARCH_ESP32)
#include "counter_esp32.h"
#elif defined(ARDUINO_ARCH_ESP8266)
#include "counter_esp8266.h"
#elif defined(ARDUINO_ARCH_RP2040) && defined(__riscv)
#include "counter_hazard3.h"
#elif defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_8M_MAIN__)
#include "counter_dwt.h"
#elif defined(ARDUINO_ARCH_RP2040)
#include "counter_rp2040.h"
#else
#include "counter_micros.h"
#endif

#endif

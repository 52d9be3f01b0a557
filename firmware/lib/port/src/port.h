/* All that the application needs of a board. One implementation file per family. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVR__)
#include <avr/io.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define PORT_UNKNOWN 0xFFFFFFFFu

/* Largest frame payload, bytes; small on boards with little RAM. A build flag may override it, not
 * below 96: the reply to HELLO must fit. */
#ifndef PORT_MAX_PAYLOAD
#if defined(__AVR__) && RAMEND < 0x1000
#define PORT_MAX_PAYLOAD 96
#elif defined(__AVR__)
#define PORT_MAX_PAYLOAD 256
#else
#define PORT_MAX_PAYLOAD 1024
#endif
#endif

/* Called by the application. */

void port_init(void);

/* Serial, 8 bits, lossless at the port's baud. port_read_byte returns -1 at once when nothing has
 * come; port_idle may sleep until a byte can have come and may return early. */
int port_read_byte(void);
void port_write(const uint8_t *bytes, size_t count);
void port_idle(void);

/* The best counter the port has. start: resets it (and masks interrupts where they would disturb
 * it); stop: ticks since start, unmasks. Never nested. */
void port_counter_start(void);
uint64_t port_counter_stop(void);
uint32_t port_counter_hz(void);
const char *port_counter_name(void); /* e.g. "cmsdk-timer", at most 23 characters */

/* Drives a pin that a current probe watches; nothing where the port has no pins. */
#if defined(ARDUINO) || defined(PORT_NRF5340)
void port_marker(uint8_t pin, bool high);
#else
static inline void port_marker(uint8_t pin, bool high)
{
    (void)pin;
    (void)high;
}
#endif

uint32_t port_clock_hz(void);     /* of the core; 0 where it cannot be told */
const char *port_core_name(void); /* e.g. "cortex-m4f", at most 23 characters */

/* Writes the chip's own number, at most 16 bytes, and returns their count; 0 where it has none. */
#if defined(ARDUINO) && !defined(__AVR__)
uint8_t port_chip_id(uint8_t *to);
#else
static inline uint8_t port_chip_id(uint8_t *to)
{
    (void)to;
    return 0;
}
#endif

/* Bytes between the static data (or the heap's end) and the stack pointer, that is, what stack and
 * heap may still use; PORT_UNKNOWN where it cannot be told. */
uint32_t port_free_ram(void);

/* Calls run(arena) with the unused stack painted first and returns the greatest depth in bytes
 * that the call reached, return addresses included, or PORT_UNKNOWN. Not timed. */
uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena);

/* Called by the port: app_setup once, then app_poll for ever. */

void app_setup(void);
void app_poll(void);

#ifdef __cplusplus
}
#endif

#endif

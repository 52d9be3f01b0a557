/* All that the application needs of a board. One implementation file per family. */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PORT_UNKNOWN 0xFFFFFFFFu

/* Largest frame payload, bytes; small on boards with little RAM. Defined by the build:
 * PORT_MAX_PAYLOAD. */
#ifndef PORT_MAX_PAYLOAD
#define PORT_MAX_PAYLOAD 1024
#endif

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

uint32_t port_clock_hz(void);
const char *port_core_name(void); /* e.g. "cortex-m4", at most 23 characters */
uint32_t port_free_ram(void);     /* bytes, PORT_UNKNOWN where it cannot be told */

/* Calls run(arena) with the unused stack painted first and returns the greatest depth in bytes
 * that the call reached, or PORT_UNKNOWN. Not timed. */
uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena);

#ifdef __cplusplus
}
#endif

#endif

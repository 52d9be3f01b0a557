/* Arm MPS3 with the image AN547 (Corstone SSE-300, Cortex-M55) as QEMU models it. Addresses:
 * Application Note 547; counter: Arm Corstone SSE-300 TRM (101773), system timestamp counter. The
 * secure aliases are used, as the core starts in the secure state. */
#if defined(PORT_MPS3)

#define UART_BASE 0x59303000u
#define UART_ENABLE_IRQ (*(volatile uint32_t *)0xE000E104u)
#define UART_UNPEND_IRQ (*(volatile uint32_t *)0xE000E284u)
#define UART_IRQS 0x6u /* interrupts 33 and 34: receive, transmit (not enabled in the UART) */

#include "uart_cmsdk.h"

#define COUNTER(offset) (*(volatile uint32_t *)(0x58100000u + (offset)))
#define COUNTER_CTRL COUNTER(0x0u)
#define COUNTER_LOW COUNTER(0x8u)
#define COUNTER_HIGH COUNTER(0xCu)
#define COUNTER_HZ 32000000u

/* Stopped and set back first, so that the fraction of a tick at the start is always the same. */
void port_counter_start(void)
{
    COUNTER_CTRL = 0;
    COUNTER_HIGH = 0;
    COUNTER_LOW = 0;
    COUNTER_CTRL = 1;
}

uint64_t port_counter_stop(void)
{
    COUNTER_CTRL = 0;
    const uint32_t low = COUNTER_LOW;
    return ((uint64_t)COUNTER_HIGH << 32) | low;
}

uint32_t port_counter_hz(void)
{
    return COUNTER_HZ;
}

const char *port_counter_name(void)
{
    return "sse300-counter";
}

uint32_t port_clock_hz(void)
{
    return COUNTER_HZ;
}

#endif

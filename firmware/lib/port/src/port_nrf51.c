/* Nordic nRF51822 (Cortex-M0) of the BBC micro:bit as QEMU models it. Registers: nRF51 Series
 * Reference Manual 3.0, chapters 18 (TIMER) and 29 (UART). */
#if defined(PORT_NRF51)

#include "port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART(offset) REGISTER(0x40002000u + (offset))
#define UART_START_RX UART(0x000u)
#define UART_START_TX UART(0x008u)
#define UART_RX_READY UART(0x108u)
#define UART_TX_READY UART(0x11Cu)
#define UART_INTERRUPT_SET UART(0x304u)
#define UART_ENABLE UART(0x500u)
#define UART_RX UART(0x518u)
#define UART_TX UART(0x51Cu)
#define UART_ON 4u
#define UART_RX_INTERRUPT (1u << 2)

#define TIMER(offset) REGISTER(0x40008000u + (offset))
#define TIMER_START TIMER(0x000u)
#define TIMER_STOP TIMER(0x004u)
#define TIMER_CLEAR TIMER(0x00Cu)
#define TIMER_CAPTURE TIMER(0x040u)
#define TIMER_WIDTH TIMER(0x508u)
#define TIMER_PRESCALER TIMER(0x510u)
#define TIMER_CAPTURED TIMER(0x540u)
#define TIMER_32_BITS 3u
#define TIMER_HZ 16000000u

#define NVIC_ENABLE REGISTER(0xE000E100u)
#define NVIC_UNPEND REGISTER(0xE000E280u)
#define UART_IRQ (1u << 2)

void port_init(void)
{
    UART_ENABLE = UART_ON;
    UART_START_RX = 1;
    UART_START_TX = 1;
    UART_INTERRUPT_SET = UART_RX_INTERRUPT;
    NVIC_ENABLE = UART_IRQ;
    TIMER_WIDTH = TIMER_32_BITS;
    TIMER_PRESCALER = 0;
}

int port_read_byte(void)
{
    if (!UART_RX_READY) {
        return -1;
    }
    UART_RX_READY = 0; /* reading raises it again where more bytes wait */
    NVIC_UNPEND = UART_IRQ;
    return (int)(UART_RX & 0xFFu);
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        UART_TX_READY = 0;
        UART_TX = bytes[i];
        while (!UART_TX_READY) {
        }
    }
}

void port_idle(void)
{
    if (!UART_RX_READY) {
        __asm volatile("wfi");
    }
}

void port_counter_start(void)
{
    TIMER_STOP = 1;
    TIMER_CLEAR = 1;
    TIMER_START = 1;
}

/* Right up to 32 bits: 268 s of the timer, 2.1e9 instructions. */
uint64_t port_counter_stop(void)
{
    TIMER_CAPTURE = 1;
    const uint32_t ticks = TIMER_CAPTURED;
    TIMER_STOP = 1;
    return ticks;
}

uint32_t port_counter_hz(void)
{
    return TIMER_HZ;
}

const char *port_counter_name(void)
{
    return "nrf51-timer";
}

uint32_t port_clock_hz(void)
{
    return TIMER_HZ;
}

#endif

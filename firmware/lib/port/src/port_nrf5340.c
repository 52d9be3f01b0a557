/* Nordic nRF5340 DK, application core (Cortex-M33) in its secure state, at the 64 MHz of reset: the
 * UART of the board's J-Link, DWT for cycles and a timer of 1 MHz for its overflows. Registers:
 * nRF5340 Product Specification 1.3. Pins: nRF5340 DK, virtual COM port of the application core. */
#if defined(PORT_NRF5340)

#include "counter_wrap.h"
#include "dwt.h"
#include "port.h"

#define UARTE_BASE 0x50008000u
#include "uart_nrf52.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define CACHE_ENABLE REGISTER(0x50001500u)

#define CLOCK(offset) REGISTER(0x50005000u + (offset))
#define CLOCK_START CLOCK(0x000u)
#define CLOCK_STARTED CLOCK(0x100u)
#define CLOCK_SOURCE CLOCK(0x514u)
#define CLOCK_CRYSTAL 1u

#define PORT0(offset) REGISTER(0x50842500u + (offset))
#define PORT0_SET PORT0(0x008u)
#define PORT0_CLEAR PORT0(0x00Cu)
#define PORT0_OUTPUTS PORT0(0x018u)
#define PORT0_PIN(number) PORT0(0x200u + 4u * (number))
#define PIN_TX 20u
#define PIN_RX 22u
#define PIN_PULLED_UP (3u << 2)

#define UARTE_PIN_TX UARTE(0x50Cu)
#define UARTE_PIN_RX UARTE(0x514u)
#define UARTE_BAUD UARTE(0x524u)
#define UARTE_115200 0x01D60000u

#define TIMER(offset) REGISTER(0x5000F000u + (offset))
#define TIMER_START TIMER(0x000u)
#define TIMER_CAPTURE TIMER(0x040u)
#define TIMER_WIDTH TIMER(0x508u)
#define TIMER_PRESCALER TIMER(0x510u)
#define TIMER_CAPTURED TIMER(0x540u)
#define TIMER_32_BITS 3u
#define TIMER_1_MHZ 4u

#define CORE_HZ 64000000u

static uint32_t from_us, from_cycle;

static uint32_t microseconds(void)
{
    TIMER_CAPTURE = 1;
    return TIMER_CAPTURED;
}

void port_init(void)
{
    CACHE_ENABLE = 1;
    CLOCK_SOURCE = CLOCK_CRYSTAL; /* for the UART's baud */
    CLOCK_START = 1;
    while (!CLOCK_STARTED) {
    }
    PORT0_SET = 1u << PIN_TX;
    PORT0_OUTPUTS = 1u << PIN_TX;
    PORT0_PIN(PIN_RX) = PIN_PULLED_UP;
    UARTE_PIN_TX = PIN_TX;
    UARTE_PIN_RX = PIN_RX;
    UARTE_BAUD = UARTE_115200;
    uart_on();
    TIMER_WIDTH = TIMER_32_BITS;
    TIMER_PRESCALER = TIMER_1_MHZ;
    TIMER_START = 1;
    dwt_on();
}

int port_read_byte(void)
{
    return uart_read_byte();
}

/* Polls: a sleeping core stops its cycle counter. */
void port_idle(void) {}

void port_counter_start(void)
{
    from_us = microseconds();
    from_cycle = DWT_CYCLES;
}

uint64_t port_counter_stop(void)
{
    const uint32_t cycles = DWT_CYCLES - from_cycle;
    return counter_unwrap(cycles, microseconds() - from_us, CORE_HZ);
}

/* Pins of port 0. */
void port_marker(uint8_t pin, bool high)
{
    PORT0_OUTPUTS = 1u << pin;
    if (high) {
        PORT0_SET = 1u << pin;
    } else {
        PORT0_CLEAR = 1u << pin;
    }
}

uint32_t port_counter_hz(void)
{
    return CORE_HZ;
}

const char *port_counter_name(void)
{
    return "dwt-cyccnt";
}

uint32_t port_clock_hz(void)
{
    return CORE_HZ;
}

#endif

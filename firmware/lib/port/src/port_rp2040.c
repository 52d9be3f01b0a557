/* Raspberry Pi RP2040 (Cortex-M0+) as rp2040js models it: clocks run and peripherals are out of
 * reset from the start. On a real Pico the Arduino port runs. Registers: RP2040 Datasheet, 2.4.5
 * (SysTick, NVIC), 4.2 (UART), 4.6 (timer). */
#if defined(PORT_RP2040)

#include "counter_wrap.h"
#include "port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART(offset) REGISTER(0x40034000u + (offset))
#define UART_DATA UART(0x00u)
#define UART_FLAGS UART(0x18u)
#define UART_BAUD_WHOLE UART(0x24u)
#define UART_BAUD_64TH UART(0x28u)
#define UART_LINE UART(0x2Cu)
#define UART_CONTROL UART(0x30u)
#define UART_INTERRUPT_MASK UART(0x38u)
#define UART_RX_EMPTY (1u << 4)
#define UART_TX_FULL (1u << 5)
#define UART_8_BITS_FIFO (3u << 5 | 1u << 4)
#define UART_ON (1u << 9 | 1u << 8 | 1u)
#define UART_RX_INTERRUPTS (1u << 6 | 1u << 4) /* FIFO a quarter full, and bytes left in it */

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define SYSTICK_ON 5u /* at the core's clock, no interrupt */
/* rp2040js reloads in the tick that reaches 0; silicon does so one tick later. */
#define SYSTICK_PERIOD 0xFFFFFFu

#define MICROSECONDS REGISTER(0x40054028u)

#define NVIC_ENABLE REGISTER(0xE000E100u)
#define NVIC_UNPEND REGISTER(0xE000E280u)
#define UART_IRQ (1u << 20)

#define CORE_HZ 125000000u

static uint32_t from_us, from_tick;

void port_init(void)
{
    UART_BAUD_WHOLE = 67; /* 125 MHz / (16 * 115200) = 67 + 52/64 */
    UART_BAUD_64TH = 52;
    UART_LINE = UART_8_BITS_FIFO;
    UART_CONTROL = UART_ON;
    UART_INTERRUPT_MASK = UART_RX_INTERRUPTS;
    NVIC_ENABLE = UART_IRQ;
    SYSTICK_RELOAD = SYSTICK_PERIOD;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = SYSTICK_ON;
}

int port_read_byte(void)
{
    if (UART_FLAGS & UART_RX_EMPTY) {
        return -1;
    }
    return (int)(UART_DATA & 0xFFu);
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (UART_FLAGS & UART_TX_FULL) {
        }
        UART_DATA = bytes[i];
    }
}

/* The UART's interrupt is pending again at once where a byte has come in between. */
void port_idle(void)
{
    NVIC_UNPEND = UART_IRQ;
    if (UART_FLAGS & UART_RX_EMPTY) {
        __asm volatile("wfi");
    }
}

/* SysTick counts cycles modulo its period of 134 ms, the timer tells how often it wrapped. */
void port_counter_start(void)
{
    from_us = MICROSECONDS;
    from_tick = SYSTICK_VALUE;
}

uint64_t port_counter_stop(void)
{
    const uint32_t tick = SYSTICK_VALUE;
    const uint32_t elapsed_us = MICROSECONDS - from_us;
    const uint32_t wrapped = from_tick < tick ? SYSTICK_PERIOD : 0;
    return counter_unwrap_period(from_tick + wrapped - tick, SYSTICK_PERIOD, elapsed_us, CORE_HZ);
}

uint32_t port_counter_hz(void)
{
    return CORE_HZ;
}

const char *port_counter_name(void)
{
    return "systick";
}

uint32_t port_clock_hz(void)
{
    return CORE_HZ;
}

#endif

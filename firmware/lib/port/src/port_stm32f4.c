/* ST STM32F405 (Cortex-M4F) of the Netduino Plus 2 as QEMU models it. Registers: ST RM0090,
 * chapters 18 (TIM2) and 30 (USART). QEMU has no clock tree: it runs TIM2 at 1 GHz, which is one
 * tick an instruction at -icount shift=0. */
#if defined(PORT_STM32F4)

#define USART_BASE 0x40011000u /* USART1 */

#include "uart_stm32.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define TIMER(offset) REGISTER(0x40000000u + (offset))
#define TIMER_CONTROL TIMER(0x00u)
#define TIMER_COUNT TIMER(0x24u)
#define TIMER_PRESCALER TIMER(0x28u)
#define TIMER_HZ 1000000000u

#define NVIC_ENABLE REGISTER(0xE000E104u)
#define NVIC_UNPEND REGISTER(0xE000E284u)
#define USART_IRQ (1u << (37 - 32))

static uint32_t counter_from;

void port_init(void)
{
    uart_on();
    NVIC_ENABLE = USART_IRQ;
    TIMER_PRESCALER = 0;
    TIMER_CONTROL = 1;
}

int port_read_byte(void)
{
    const int byte = uart_read_byte();
    if (byte >= 0) {
        NVIC_UNPEND = USART_IRQ; /* stays pending where the next byte is there already */
    }
    return byte;
}

void port_idle(void)
{
    if (!(USART_STATUS & USART_RX_READY)) {
        __asm volatile("wfi");
    }
}

void port_counter_start(void)
{
    counter_from = TIMER_COUNT;
}

/* Right up to 32 bits: 4.3e9 instructions. */
uint64_t port_counter_stop(void)
{
    return TIMER_COUNT - counter_from;
}

uint32_t port_counter_hz(void)
{
    return TIMER_HZ;
}

const char *port_counter_name(void)
{
    return "stm32-tim2";
}

uint32_t port_clock_hz(void)
{
    return TIMER_HZ;
}

#endif

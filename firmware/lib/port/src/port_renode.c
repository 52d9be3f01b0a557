/* Boards as Renode models them: nRF52840, STM32F446, STM32H743. The counter is DWT's, which the
 * harness lets tick once an instruction. Nothing sleeps: the core polls its UART, so that no byte
 * depends on how a simulator ends WFI. Renode has no clock tree to set up. */
#if defined(PORT_RENODE)

#include "dwt.h"
#include "port.h"

#if defined(PORT_NRF52840)
#define CLOCK_HZ 64000000u
#include "uart_nrf52.h"
#elif defined(PORT_STM32F446)
#define CLOCK_HZ 180000000u
#define USART_BASE 0x40004400u /* USART2, the ST-LINK's */
#include "uart_stm32.h"
#elif defined(PORT_STM32H743)
#define CLOCK_HZ 480000000u
#define USART_BASE 0x40004800u /* USART3, the ST-LINK's */
#define USART_SPLIT
#include "uart_stm32.h"
#endif

static uint32_t counter_from;

void port_init(void)
{
    uart_on();
    dwt_on();
}

int port_read_byte(void)
{
    return uart_read_byte();
}

void port_idle(void) {}

void port_counter_start(void)
{
    counter_from = DWT_CYCLES;
}

/* Right up to 32 bits: 4.3e9 instructions. */
uint64_t port_counter_stop(void)
{
    return DWT_CYCLES - counter_from;
}

uint32_t port_counter_hz(void)
{
    return CLOCK_HZ;
}

const char *port_counter_name(void)
{
    return "dwt-cyccnt";
}

uint32_t port_clock_hz(void)
{
    return CLOCK_HZ;
}

#endif

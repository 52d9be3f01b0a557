/* Arm MPS2 with the images AN385 (Cortex-M3), AN386 (Cortex-M4F), AN500 (Cortex-M7) and AN505
 * (Cortex-M33) as QEMU models them. Addresses: the Application Notes; timer: Arm CMSDK TRM (DDI
 * 0479), APB timer. Of AN505 the secure aliases, as the core starts in the secure state. */
#if defined(PORT_MPS2)

#if defined(PORT_AN505)
#define UART_BASE 0x50200000u
#define UART_ENABLE_IRQ (*(volatile uint32_t *)0xE000E104u)
#define UART_UNPEND_IRQ (*(volatile uint32_t *)0xE000E284u)
#define UART_IRQS 0x1u /* interrupt 32 */
#define TIMER_BASE 0x50000000u
#define TIMER_HZ 20000000u
#else
#define UART_BASE 0x40004000u
#define UART_ENABLE_IRQ (*(volatile uint32_t *)0xE000E100u)
#define UART_UNPEND_IRQ (*(volatile uint32_t *)0xE000E280u)
#define UART_IRQS 0x1u /* interrupt 0 */
#define TIMER_BASE 0x40000000u
#define TIMER_HZ 25000000u
#endif

#include "uart_cmsdk.h"

#define TIMER(offset) (*(volatile uint32_t *)(TIMER_BASE + (offset)))
#define TIMER_CTRL TIMER(0x0u)
#define TIMER_VALUE TIMER(0x4u)
#define TIMER_RELOAD TIMER(0x8u)
#define TIMER_WRAPPED TIMER(0xCu) /* interrupt status; writing 1 clears it */
#define TIMER_RUN 0x9u            /* enable, interrupt: its flag marks a wrap */
#define JUST_BEFORE_WRAP 100u     /* ticks, more than two reads take */

void port_counter_start(void)
{
    TIMER_CTRL = 0;
    TIMER_WRAPPED = 1;
    TIMER_RELOAD = 0xFFFFFFFFu;
    TIMER_VALUE = 0xFFFFFFFFu;
    TIMER_CTRL = TIMER_RUN;
}

/* Right up to one wrap of the 32 bits: 2.7e9 instructions, 3.4e9 with AN505. */
uint64_t port_counter_stop(void)
{
    const uint32_t left = TIMER_VALUE;
    uint32_t wrapped = TIMER_WRAPPED;
    TIMER_CTRL = 0;
    if (left < JUST_BEFORE_WRAP) {
        wrapped = 0; /* it came between the two reads */
    }
    return ((uint64_t)wrapped << 32) + (0xFFFFFFFFu - left);
}

uint32_t port_counter_hz(void)
{
    return TIMER_HZ;
}

const char *port_counter_name(void)
{
    return "cmsdk-timer";
}

uint32_t port_clock_hz(void)
{
    return TIMER_HZ;
}

#endif

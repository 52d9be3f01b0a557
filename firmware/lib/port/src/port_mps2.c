/* Arm MPS2 with the images AN385 (Cortex-M3), AN386 (Cortex-M4F) and AN500 (Cortex-M7) as QEMU
 * models them. Addresses: the Application Notes; timer: Arm CMSDK TRM (DDI 0479), APB timer. */
#if defined(PORT_MPS2)

#define UART_BASE 0x40004000u
#define UART_ENABLE_IRQ (*(volatile uint32_t *)0xE000E100u)
#define UART_UNPEND_IRQ (*(volatile uint32_t *)0xE000E280u)
#define UART_IRQS 0x1u /* interrupt 0 */

#include "uart_cmsdk.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define TIMER_CTRL REGISTER(0x40000000u)
#define TIMER_VALUE REGISTER(0x40000004u)
#define TIMER_RELOAD REGISTER(0x40000008u)
#define TIMER_WRAPPED REGISTER(0x4000000Cu) /* interrupt status; writing 1 clears it */
#define TIMER_RUN 0x9u                      /* enable, interrupt: its flag marks a wrap */
#define TIMER_HZ 25000000u
#define JUST_BEFORE_WRAP 100u /* ticks, more than two reads take */

void port_counter_start(void)
{
    TIMER_CTRL = 0;
    TIMER_WRAPPED = 1;
    TIMER_RELOAD = 0xFFFFFFFFu;
    TIMER_VALUE = 0xFFFFFFFFu;
    TIMER_CTRL = TIMER_RUN;
}

/* Right up to one wrap of the 32 bits: 343 s of the timer, 2.7e9 instructions. */
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

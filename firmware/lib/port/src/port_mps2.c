/* Arm MPS2 with the AN386 image (Cortex-M4F) as QEMU models it. No interrupt is ever taken: they
 * stay masked, and a pending one only ends WFI.
 *
 * Registers: Arm CMSDK Technical Reference Manual (DDI 0479), APB UART and APB timer;
 * Application Note 386 for addresses.
 */
#if defined(PORT_MPS2)

#include "port.h"
#include "stack_paint.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u)
#define UART_CTRL REGISTER(0x40004008u)
#define UART_INTCLEAR REGISTER(0x4000400Cu)
#define UART_BAUDDIV REGISTER(0x40004010u)
#define UART_TX_FULL 0x1u
#define UART_RX_FULL 0x2u
#define UART_ENABLE 0xBu /* TX, RX, RX interrupt */
#define UART_RX_INTERRUPT 0x2u
#define UART_RX_IRQ 0x1u /* interrupt 0 */

#define TIMER_CTRL REGISTER(0x40000000u)
#define TIMER_VALUE REGISTER(0x40000004u)
#define TIMER_RELOAD REGISTER(0x40000008u)
#define TIMER_WRAPPED REGISTER(0x4000000Cu) /* interrupt status; writing 1 clears it */
#define TIMER_RUN 0x9u                      /* enable, interrupt: its flag marks a wrap */
#define TIMER_HZ 25000000u
#define JUST_BEFORE_WRAP 100u /* ticks, more than two reads take */

#define NVIC_ENABLE REGISTER(0xE000E100u)
#define NVIC_UNPEND REGISTER(0xE000E280u)
#define FPU_ACCESS REGISTER(0xE000ED88u)
#define FPU_FULL_ACCESS (0xFu << 20)

extern uint32_t ld_data_load[], ld_data_start[], ld_data_end[];
extern uint32_t ld_bss_start[], ld_bss_end[];
extern uint8_t ld_stack_limit[], ld_stack_top[];

int main(void);
void port_reset(void);
static void halt(void);

static const struct {
    uint8_t *stack;
    void (*handlers[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ld_stack_top,
    {port_reset, halt, halt, halt, halt, halt, 0, 0, 0, 0, halt, halt, 0, halt, halt},
};

static void halt(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}

void port_reset(void)
{
    __asm volatile("cpsid i");
    FPU_ACCESS |= FPU_FULL_ACCESS;
    __asm volatile("dsb\n\tisb" ::: "memory");
    for (uint32_t *to = ld_data_start, *from = ld_data_load; to < ld_data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = ld_bss_start; to < ld_bss_end;) {
        *to++ = 0;
    }
    main();
    halt();
}

int main(void)
{
    app_setup();
    for (;;) {
        app_poll();
    }
}

void port_init(void)
{
    UART_BAUDDIV = 16;
    UART_CTRL = UART_ENABLE;
    /* A byte that came before RX was enabled would block all that follow: QEMU waits for its
     * removal, and no interrupt tells of it. */
    (void)UART_DATA;
    UART_INTCLEAR = UART_RX_INTERRUPT;
    NVIC_UNPEND = UART_RX_IRQ;
    NVIC_ENABLE = UART_RX_IRQ;
}

int port_read_byte(void)
{
    if (!(UART_STATE & UART_RX_FULL)) {
        return -1;
    }
    /* Cleared before the byte is taken: the next one can only come after that. */
    UART_INTCLEAR = UART_RX_INTERRUPT;
    NVIC_UNPEND = UART_RX_IRQ;
    return (int)(UART_DATA & 0xFFu);
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (UART_STATE & UART_TX_FULL) {
        }
        UART_DATA = bytes[i];
    }
}

void port_idle(void)
{
    if (!(UART_STATE & UART_RX_FULL)) {
        __asm volatile("wfi");
    }
}

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

const char *port_core_name(void)
{
    return "cortex-m4f";
}

static inline uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

uint32_t port_free_ram(void)
{
    return (uint32_t)(stack_pointer() - (uint8_t *)ld_bss_end);
}

uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    return stack_depth(run, arena, ld_stack_limit, stack_pointer());
}

#endif

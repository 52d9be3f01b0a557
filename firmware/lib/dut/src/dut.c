#include "dut.h"

#include <string.h>

#define COMMAND_END '%'
#define WARMUPS_UNLESS_TOLD 10u
#define BYTES_PER_LINE 8u
#define DECIMAL_DIGITS 20 /* of 2^64 - 1 */

static void say(const dut_state *dut, const char *text)
{
    dut->board->write((const uint8_t *)text, strlen(text));
}

static void say_number(const dut_state *dut, uint64_t number)
{
    char digits[DECIMAL_DIGITS + 1];
    char *at = digits + DECIMAL_DIGITS;
    *at = 0;
    do {
        *--at = (char)('0' + (int)(number % 10u));
        number /= 10u;
    } while (number > 0);
    say(dut, at);
}

static void say_line(const dut_state *dut, const char *before, uint64_t number, const char *after)
{
    say(dut, before);
    say_number(dut, number);
    say(dut, after);
    say(dut, "\r\n");
}

static void say_thousandths(const dut_state *dut, int32_t value)
{
    const uint32_t size = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    const uint32_t below = size % 1000u;
    const char decimals[] = {'.', (char)('0' + (int)(below / 100u)),
                             (char)('0' + (int)(below / 10u % 10u)),
                             (char)('0' + (int)(below % 10u)), 0};
    say(dut, value < 0 ? "-" : "");
    say_number(dut, size / 1000u);
    say(dut, decimals);
}

/* Cuts the next word off *rest; NULL where there is none. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    if (*word == 0) {
        return NULL;
    }
    char *end = word + strcspn(word, " ");
    *rest = end;
    if (*end != 0) {
        *end = 0;
        *rest = end + 1;
    }
    return word;
}

/* Whether `text` is a decimal number that fits 32 bits. */
static bool read_number(const char *text, uint32_t *number)
{
    uint32_t value = 0;
    if (*text == 0) {
        return false;
    }
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        const uint32_t digit = (uint32_t)(*text - '0');
        if (value > (UINT32_MAX - digit) / 10u) {
            return false;
        }
        value = value * 10u + digit;
    }
    *number = value;
    return true;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

static void answer_timestamp(const dut_state *dut)
{
    say_line(dut, "m-lap-us-", dut->board->clock_us(), "");
}

static void answer_results(const dut_state *dut)
{
    if (!dut->inferred) {
        say(dut, "e-[There are no results before an inference]\r\n");
        return;
    }
    say(dut, "m-results-[");
    for (uint32_t i = 0; i < dut->board->results; i++) {
        say(dut, i > 0 ? "," : "");
        say_thousandths(dut, dut->board->result(i));
    }
    say(dut, "]\r\n");
}

static void answer_load(dut_state *dut, const char *count)
{
    uint32_t expected;
    if (count == NULL || !read_number(count, &expected) || expected == 0) {
        say(dut, "e-[db load takes a number of bytes above 0]\r\n");
    } else if (expected > dut->board->input_bytes) {
        say_line(dut, "e-[The input takes ", dut->board->input_bytes, " bytes]");
    } else {
        dut->expected = expected;
        dut->received = 0;
        say_line(dut, "m-[Expecting ", expected, " bytes]");
    }
}

static void answer_bytes(dut_state *dut, const char *digits)
{
    const size_t count = strlen(digits);
    if (count % 2 != 0) {
        say(dut, "e-[The number of hex digits is odd]\r\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (hex_value(digits[i]) < 0) {
            say(dut, "e-[That is no hex digit]\r\n");
            return;
        }
    }
    if (dut->received == dut->expected) {
        say(dut, "e-[No bytes are expected: db load N]\r\n");
        return;
    }
    for (; *digits != 0 && dut->received < dut->expected; digits += 2) {
        const int byte = hex_value(digits[0]) * 16 + hex_value(digits[1]);
        dut->board->input[dut->received++] = (uint8_t)byte;
    }
    if (dut->received == dut->expected) {
        say(dut, "m-load-done\r\n");
    }
}

static void answer_print(const dut_state *dut)
{
    static const char hex[] = "0123456789abcdef";
    for (uint32_t i = 0; i < dut->received; i++) {
        const uint8_t byte = dut->board->input[i];
        const char digits[] = {hex[byte / 16u], hex[byte % 16u], 0};
        say(dut, i % BYTES_PER_LINE == 0 ? "m-buffer-" : "-");
        say(dut, digits);
        if ((i + 1) % BYTES_PER_LINE == 0 || i + 1 == dut->received) {
            say(dut, "\r\n");
        }
    }
}

static void answer_db(dut_state *dut, char *rest)
{
    const char *word = next_word(&rest);
    if (word == NULL) {
        say(dut, "e-[db takes load N, print or hex digits]\r\n");
    } else if (strcmp(word, "load") == 0) {
        answer_load(dut, next_word(&rest));
    } else if (strcmp(word, "print") == 0) {
        answer_print(dut);
    } else {
        answer_bytes(dut, word);
    }
}

static void infer(dut_state *dut, uint32_t count, uint32_t warmups)
{
    say_line(dut, "m-warmup-start-", warmups, "");
    while (warmups-- > 0) {
        dut->board->infer();
    }
    say(dut, "m-warmup-done\r\n");
    say_line(dut, "m-infer-start-", count, "");
    answer_timestamp(dut);
    while (count-- > 0) {
        dut->board->infer();
    }
    answer_timestamp(dut);
    say(dut, "m-infer-done\r\n");
    dut->inferred = true;
    answer_results(dut);
}

static void answer_infer(dut_state *dut, char *rest)
{
    uint32_t count = 1;
    uint32_t warmups = WARMUPS_UNLESS_TOLD;
    const char *word = next_word(&rest);
    if (word != NULL && (!read_number(word, &count) || count == 0)) {
        say(dut, "e-[infer takes a number of inferences above 0]\r\n");
        return;
    }
    word = next_word(&rest);
    if (word != NULL && !read_number(word, &warmups)) {
        say(dut, "e-[infer takes a number of warm-ups]\r\n");
        return;
    }
    if (dut->received != dut->board->input_bytes) {
        say(dut, "e-[The input has ");
        say_number(dut, dut->received);
        say_line(dut, " of ", dut->board->input_bytes, " bytes]");
        return;
    }
    infer(dut, count, warmups);
}

static void answer_profile(const dut_state *dut)
{
    say(dut, "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[");
    say(dut, dut->board->model);
    say(dut, "]\r\n");
}

static void answer_name(const dut_state *dut)
{
    say(dut, "m-name-dut-[");
    say(dut, dut->board->name);
    say(dut, "]\r\n");
}

static void answer(dut_state *dut)
{
    char *rest = dut->command;
    const char *word = next_word(&rest);
    if (word == NULL) {
        return;
    }
    if (strcmp(word, "name") == 0) {
        answer_name(dut);
    } else if (strcmp(word, "profile") == 0) {
        answer_profile(dut);
    } else if (strcmp(word, "timestamp") == 0) {
        answer_timestamp(dut);
    } else if (strcmp(word, "db") == 0) {
        answer_db(dut, rest);
    } else if (strcmp(word, "infer") == 0) {
        answer_infer(dut, rest);
    } else if (strcmp(word, "results") == 0) {
        answer_results(dut);
    } else if (strcmp(word, "help") == 0) {
        say(dut, "name profile timestamp results help\r\n"
                 "db load N, db HH.., db print, infer N [W=10]\r\n");
    } else {
        say(dut, "e-[Unknown command: ");
        say(dut, word);
        say(dut, "]\r\n");
    }
}

void dut_init(dut_state *dut, const dut_board *board)
{
    memset(dut, 0, sizeof *dut);
    dut->board = board;
}

void dut_feed(dut_state *dut, uint8_t byte)
{
    if (byte == '\r' || byte == '\n') {
        return;
    }
    if (byte != COMMAND_END) {
        if (dut->length == DUT_COMMAND_BYTES) {
            dut->too_long = true;
        } else {
            dut->command[dut->length++] = (char)byte;
        }
        return;
    }
    dut->command[dut->length] = 0;
    if (dut->too_long) {
        say(dut, "e-[A command has at most 80 bytes]\r\n");
    } else {
        answer(dut);
    }
    say(dut, "m-ready\r\n");
    dut->length = 0;
    dut->too_long = false;
}

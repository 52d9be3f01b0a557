/* What TFLM says: its log goes to memory, never to the serial line that carries the frames. */
#ifndef TFLM_LOG_H
#define TFLM_LOG_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

void tflm_log_clear(void);

/* The last line, without its newline; "" since tflm_log_clear() where nothing was said. */
const char *tflm_log_text(void);

/* Whether the library's DebugLog() takes a format with its arguments, as since 2023, or plain text.
 */
bool tflm_log_has_arguments(void);

#ifdef __cplusplus
}
#endif

#endif

/* What a test wants this library to do wrong; tests/hil/test_tflm.py writes it into a copy. */
#ifndef STAND_IN_FAULTS_H
#define STAND_IN_FAULTS_H

#define STAND_IN_ERROR_LSB 0    /* added to the first output */
#define STAND_IN_INVOKE_FAILS 0 /* 1: Invoke() does */
#define STAND_IN_NO_EVENTS 0    /* 1: the profiler gets none, as with TF_LITE_STRIP_ERROR_STRINGS */
#define STAND_IN_SCHEMA 3       /* the schema version that the library takes */

#endif

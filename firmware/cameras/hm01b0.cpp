/* The camera of the Portenta's Vision Shield over the Arduino core's Camera library: Himax HM01B0,
 * or with -DFRAME_SOURCE_HM0360 the HM0360 of newer shields. Compiled by the env
 * portenta_h7_m7_camera alone. */
#include "arduino_core.h"
#include "frame_source.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wreorder"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <camera.h>
#if defined(FRAME_SOURCE_HM0360)
#include <hm0360.h>
#else
#include <himax.h>
#endif
#pragma GCC diagnostic pop

#if defined(FRAME_SOURCE_HM0360)
#define SENSOR_NAME "HM0360"
static HM0360 sensor;
#else
#define SENSOR_NAME "HM01B0"
static HM01B0 sensor;
#endif

enum { FRAMES_PER_SECOND = 30, SETTLING_FRAMES = 8, FRAME_MS = 1000 };

static const struct {
    uint16_t width, height;
    int32_t resolution;
} modes[] = {
    {160, 120, CAMERA_R160x120},
    {320, 240, CAMERA_R320x240},
    {320, 320, CAMERA_R320x320},
};

static Camera camera(sensor);
static int32_t opened = -1;     /* the resolution */
static uint8_t settling_frames; /* still to be thrown away: the exposure adapts by the frame */

static bool begin(int32_t resolution)
{
    if (opened != resolution) {
        opened = camera.begin(resolution, CAMERA_GRAYSCALE, FRAMES_PER_SECOND) ? resolution : -1;
        settling_frames = SETTLING_FRAMES;
    }
    return opened == resolution;
}

bool frame_source_open(uint16_t width, uint16_t height)
{
    for (const auto &mode : modes) {
        if (mode.width == width && mode.height == height) {
            return begin(mode.resolution);
        }
    }
    return false;
}

/* The core sleeps while it waits, which stops its cycle counter: micros() goes on. */
bool frame_source_grab(uint8_t *pixels, uint64_t *ticks)
{
    FrameBuffer buffer;
    buffer.setBuffer(pixels);
    for (; settling_frames > 0; settling_frames--) {
        if (camera.grabFrame(buffer, FRAME_MS) != 0) {
            return false;
        }
    }
    const uint32_t from = static_cast<uint32_t>(micros());
    const bool grabbed = camera.grabFrame(buffer, FRAME_MS) == 0;
    *ticks = static_cast<uint32_t>(micros()) - from;
    return grabbed;
}

const char *frame_source_name(void)
{
    return SENSOR_NAME;
}

const char *frame_source_clock_name(void)
{
    return "micros";
}

uint32_t frame_source_clock_hz(void)
{
    return 1000000u;
}

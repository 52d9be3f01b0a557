/* Runs the Vision Shield's driver over a stand-in of the Camera library, for test_hm01b0.py. Each
 * argument is one step: "WxH" opens, "grab" grabs, "on" and "off" plug the camera in and out. One
 * line a step: its result, then how often the library's begin and grabFrame were called so far. */
#include <stdio.h>
#include <string.h>

#include "arduino_core.h"
#include "frame_source.h"
#include <camera.h>

static bool plugged = true;
static unsigned begins, grabs;
static unsigned long now_us;

unsigned long micros()
{
    return now_us;
}

bool Camera::begin(int32_t resolution, int32_t format, int32_t frames_per_second)
{
    begins++;
    return plugged && resolution >= 0 && format == CAMERA_GRAYSCALE && frames_per_second == 30;
}

int Camera::grabFrame(FrameBuffer &buffer, uint32_t)
{
    grabs++;
    now_us += 33333;
    if (plugged) {
        *buffer.getBuffer() = static_cast<uint8_t>(grabs);
    }
    return plugged ? 0 : -1;
}

static void step(const char *word)
{
    static uint8_t pixels[1];
    unsigned width, height;
    uint64_t ticks = 0;
    if (!strcmp(word, "grab")) {
        const bool done = frame_source_grab(pixels, &ticks);
        printf("%d pixel %u after %u us", done, pixels[0], static_cast<unsigned>(ticks));
    } else if (sscanf(word, "%ux%u", &width, &height) == 2) {
        printf("%d",
               frame_source_open(static_cast<uint16_t>(width), static_cast<uint16_t>(height)));
    } else {
        plugged = !strcmp(word, "on");
        printf("%d", plugged);
    }
    printf(" begins %u grabs %u\n", begins, grabs);
}

int main(int count, char **arguments)
{
    printf("%s %s %u\n", frame_source_name(), frame_source_clock_name(), frame_source_clock_hz());
    for (int i = 1; i < count; i++) {
        step(arguments[i]);
    }
    return 0;
}

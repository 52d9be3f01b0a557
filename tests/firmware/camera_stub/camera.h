/* The part of the Arduino core's Camera library that firmware/cameras uses, with a camera that
 * hm01b0_driver.cpp controls. */
#ifndef CAMERA_STUB_H
#define CAMERA_STUB_H

#include <stdint.h>

enum { CAMERA_GRAYSCALE = 0 };
enum { CAMERA_R160x120 = 0, CAMERA_R320x240 = 1, CAMERA_R320x320 = 2 };

class FrameBuffer
{
  public:
    void setBuffer(uint8_t *buffer) { bytes = buffer; }
    uint8_t *getBuffer() { return bytes; }

  private:
    uint8_t *bytes = nullptr;
};

class ImageSensor
{
};

class Camera
{
  public:
    explicit Camera(ImageSensor &) {}
    bool begin(int32_t resolution, int32_t format, int32_t frames_per_second);
    int grabFrame(FrameBuffer &buffer, uint32_t timeout_ms);
};

#endif

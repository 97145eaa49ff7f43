#error this header is broken

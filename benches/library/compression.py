"""Eight megabytes of text compressed, decompressed and summed. Each line is `name milliseconds = result`."""
import time
import zlib


def best(name, work):
    least, result = 1e9, None
    for _ in range(3):
        start = time.monotonic()
        result = work()
        least = min(least, time.monotonic() - start)
    print("%s %.3f = %s" % (name, least * 1000, result))


def main():
    lines, seed = [], 42
    for i in range(160_000):
        seed = seed * 16807 % 2147483647
        lines.append("%d %d the quick brown fox jumps over %d\n" % (i, seed, seed % 97))
    lines = [line.encode() for line in lines]
    text = b"".join(lines)
    packed = zlib.compress(text)

    def pieces():
        compressor = zlib.compressobj()
        size = 0
        for line in lines:
            size += len(compressor.compress(line))
        return size + len(compressor.flush())
    best("zlib_compress", lambda: len(zlib.compress(text)))
    best("zlib_decompress", lambda: len(zlib.decompress(packed)))
    best("zlib_pieces", pieces)
    best("zlib_crc32", lambda: zlib.crc32(text))
    best("zlib_adler32", lambda: zlib.adler32(text))


main()

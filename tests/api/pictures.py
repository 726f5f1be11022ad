"""Pictures for the API tests, drawn on the spot: products, and every kind of photo that phones and attackers send."""

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw

PRODUCTS = ["red ring", "green box", "blue disc", "yellow cross", "black bars", "pink triangle"]


def product(name: str, size: int = 256, turn: float = 0) -> Image.Image:
    """A drawing of one of PRODUCTS on white."""
    colour, shape = name.split()
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    low, high, middle = size * 0.2, size * 0.8, size / 2
    if shape == "ring":
        draw.ellipse((low, low, high, high), outline=colour, width=size // 10)
    elif shape == "box":
        draw.rectangle((low, low, high, high), fill=colour)
    elif shape == "disc":
        draw.ellipse((low, low, high, high), fill=colour)
    elif shape == "cross":
        draw.line((low, middle, high, middle), fill=colour, width=size // 6)
        draw.line((middle, low, middle, high), fill=colour, width=size // 6)
    elif shape == "bars":
        for at in range(3):
            x = low + at * size * 0.25
            draw.rectangle((x, low, x + size * 0.1, high), fill=colour)
    else:
        draw.polygon(((middle, low), (high, high), (low, high)), fill=colour)
    return image.rotate(turn, fillcolor="white")


def encode(image: Image.Image, format_name: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


def photo(name: str = "blue disc") -> bytes:
    return encode(product(name), quality=92)


def noise(width: int, height: int, seed: int = 1) -> bytes:
    """A JPEG that is as much work as a photo of its size."""
    small_size = (width // 4, height // 4)
    small = Image.frombytes("RGB", small_size, random.Random(seed).randbytes(small_size[0] * small_size[1] * 3))
    return encode(small.resize((width, height)), quality=85)


def png_bomb(side: int = 50_000) -> bytes:
    """A valid PNG of side x side black pixels in some 300 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    data = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def unusual() -> dict[str, bytes]:
    """Photos that are rare but right."""
    drawing = product("blue disc", 240)
    alpha = drawing.convert("RGBA")  # the drawing on nothing: black where it is transparent
    alpha.putdata([(0, 0, 0, 0) if pixel == (255, 255, 255, 255) else pixel for pixel in alpha.get_flattened_data()])
    frames = [product(name, 120) for name in PRODUCTS]
    return {
        "1 pixel": encode(Image.new("RGB", (1, 1), "red"), "PNG"),
        "1 pixel high": encode(Image.new("RGB", (300, 1), "red"), "PNG"),
        "grey": encode(drawing.convert("L")),
        "cmyk": encode(drawing.convert("CMYK")),
        "16 bit": encode(drawing.convert("L").convert("I;16").point(lambda value: value * 257), "PNG"),
        "alpha": encode(alpha, "PNG"),
        "palette": encode(drawing.convert("P"), "PNG"),
        "animated gif": encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100),
        "animated webp": encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100),
        "webp": encode(drawing, "WEBP"),
        "progressive": encode(drawing, progressive=True),
    }


def rotated(orientation: int) -> bytes:
    """300x200 pixels as stored; orientations 5 to 8 are seen as 200x300."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(product("blue disc", 300).crop((0, 50, 300, 250)), exif=exif)

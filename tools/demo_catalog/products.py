"""The families of the shop and the one function that builds a product from a family and a seed."""

import random

import bpy

import furniture
import kitchen
import printed
from mesh import Builder

# family -> (builder, class of a fashion-and-home detector it belongs to)
FAMILIES = {
    "mug": (kitchen.mug, "kitchen"),
    "chair": (furniture.chair, "furniture"),
    "carton": (printed.carton, "packaged food"),
    "lamp": (furniture.lamp, "lamp"),
    "vase": (kitchen.vase, "other"),
    "bottle": (printed.bottle, "bottle"),
    "sofa": (furniture.sofa, "furniture"),
    "clock": (printed.clock, "other"),
    "teapot": (kitchen.teapot, "kitchen"),
    "cushion": (furniture.cushion, "other"),
    "jar": (printed.jar, "packaged food"),
    "stool": (furniture.stool, "furniture"),
    "bowl": (kitchen.bowl, "kitchen"),
    "planter": (kitchen.planter, "other"),
    "notebook": (printed.notebook, "other"),
    "candle": (kitchen.candle, "other"),
}


def clear():
    """Removes everything from the scene, so that memory stays flat over thousands of pictures."""
    for group in (bpy.data.objects, bpy.data.meshes, bpy.data.curves, bpy.data.materials, bpy.data.images,
                  bpy.data.lights, bpy.data.cameras):
        bpy.data.batch_remove(list(group))


def build(family, seed):
    """Builds a product into the scene; returns its Builder and the words for its texts.

    Every third product has the shape of the one before in another look, as shops do.
    """
    shape_seed = seed - 1 if seed % 3 == 2 else seed
    builder = Builder(f"{family}_{seed}")
    words = FAMILIES[family][0](builder, random.Random(f"{family} shape {shape_seed}"), random.Random(f"{family} look {seed}"))
    return builder, words

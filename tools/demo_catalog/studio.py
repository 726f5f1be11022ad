"""Camera, lights and render settings that pictures of one product share."""

import math

import bpy
from mathutils import Quaternion, Vector


def settings(width, height, samples, threads=0, transparent=False, bounces=4):
    """Cycles on the CPU at the given size; `threads` 0 uses all cores."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.render.film_transparent = transparent
    scene.render.threads_mode = "FIXED" if threads else "AUTO"
    if threads:
        scene.render.threads = threads
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, False
    cycles.use_adaptive_sampling, cycles.adaptive_threshold, cycles.adaptive_min_samples = True, 0.03, min(8, samples)
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = bounces, 2, 2
    cycles.transparent_max_bounces, cycles.transmission_bounces = 8, 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect, cycles.sample_clamp_direct = 3.0, 12.0
    cycles.use_auto_tile = False
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.view_settings.exposure = 0.0
    image = scene.render.image_settings
    image.file_format, image.color_mode, image.color_depth, image.compression = "PNG", "RGBA", "8", 15


def world(color, strength):
    """An even surrounding light."""
    scene = bpy.context.scene
    if scene.world is None:
        scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = tuple(color) + (1.0,)
    background.inputs["Strength"].default_value = strength


def softbox(place, target, size, power, color=(1, 1, 1)):
    """A square area light at `place` that looks at `target`."""
    light = bpy.data.lights.new("softbox", "AREA")
    light.size, light.energy, light.color = size, power, color
    holder = bpy.data.objects.new("softbox", light)
    bpy.context.collection.objects.link(holder)
    holder.location = place
    holder.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    return holder


def around(azimuth, elevation, distance=1.0):
    """A point on a sphere; azimuth 0 is in front (-y), positive to the right; degrees."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return Vector((math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e))) * distance


def camera(lens=70):
    """A camera that renders."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.clip_start, data.clip_end = lens, 0.01, 200
    holder = bpy.data.objects.new("camera", data)
    bpy.context.collection.objects.link(holder)
    bpy.context.scene.camera = holder
    return holder


def aim(holder, place, target, roll=0.0):
    """Puts the camera at `place` looking at `target`, turned about its axis by `roll` degrees."""
    holder.location = place
    turn = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y") @ Quaternion((0, 0, 1), math.radians(roll))
    holder.rotation_euler = turn.to_euler()
    bpy.context.view_layer.update()


def project(holder, points):
    """Points as (x, y) in 0..1 of the picture, y downwards; None for those behind the camera."""
    scene = bpy.context.scene
    aspect = scene.render.resolution_x / scene.render.resolution_y
    tan_x = holder.data.sensor_width / (2 * holder.data.lens) * min(1.0, aspect)
    tan_y = tan_x / aspect
    inverse = holder.matrix_world.inverted()
    shot = []
    for p in points:
        q = inverse @ p
        shot.append((0.5 + q.x / (-q.z * 2 * tan_x), 0.5 - q.y / (-q.z * 2 * tan_y)) if q.z < -1e-6 else None)
    return shot


def frame(holder, points, azimuth, elevation, fill=0.86, roll=0.0):
    """Looks at the points from a direction, so that they fill the given share of the picture, centred."""
    step = max(1, len(points) // 1500)
    points = points[::step]
    low = Vector(min(p[i] for p in points) for i in range(3))
    high = Vector(max(p[i] for p in points) for i in range(3))
    target, distance = (low + high) / 2, 3.0 * (high - low).length
    direction = around(azimuth, elevation)
    for _ in range(4):
        aim(holder, target + direction * distance, target, roll)
        shot = project(holder, points)
        xs, ys = [s[0] for s in shot], [s[1] for s in shot]
        width = max(max(xs) - min(xs), max(ys) - min(ys))
        view = 2 * distance * holder.data.sensor_width / (2 * holder.data.lens)
        right, up = holder.matrix_world.col[0].to_3d(), holder.matrix_world.col[1].to_3d()
        target = target + right * ((max(xs) + min(xs)) / 2 - 0.5) * view - up * ((max(ys) + min(ys)) / 2 - 0.5) * view
        distance *= width / fill
    aim(holder, target + direction * distance, target, roll)


def render(path):
    """Renders the scene into a PNG file."""
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)

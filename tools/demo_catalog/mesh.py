"""Builds the parts of a product: turned, swept, lofted, boxed and cut shapes with UV maps.

Lengths are metres, z is up, the front of a product looks towards -y and its foot stands on z = 0.
"""

import math

import bpy
from mathutils import Matrix, Vector

TAU = 2 * math.pi


def chaikin(points, rounds=3, closed=False):
    """Rounds a polyline by corner cutting; a point given twice stays a sharp corner."""
    points = [Vector(p) for p in points]
    for _ in range(rounds):
        cut = []
        pairs = zip(points, points[1:] + points[:1]) if closed else zip(points, points[1:])
        for a, b in pairs:
            cut += [a.lerp(b, 0.25), a.lerp(b, 0.75)] if (b - a).length > 1e-9 else [a, b]
        points = cut if closed else [points[0]] + cut + [points[-1]]
    return points


def ring(width, depth, z=0.0, power=2.0, count=48, center=(0.0, 0.0)):
    """A horizontal superellipse; power 2 is an ellipse, larger ones tend to a rectangle."""
    points = []
    for i in range(count):
        c, s = math.cos(TAU * i / count), math.sin(TAU * i / count)
        x = math.copysign(abs(c) ** (2 / power), c) * width / 2
        y = math.copysign(abs(s) ** (2 / power), s) * depth / 2
        points.append((center[0] + x, center[1] + y, z))
    return points


class Builder:
    """Collects the parts of one product under one empty, which moves, turns and scales them together."""

    def __init__(self, name):
        self.root = bpy.data.objects.new(name, None)
        bpy.context.collection.objects.link(self.root)
        self.parts = []

    def add(self, verts, faces, mat, uvs=None, smooth=True, loc=(0, 0, 0), rot=(0, 0, 0), scale=(1, 1, 1),
            subsurf=0, bevel=0.0):
        """Adds a mesh. `uvs` is one (u, v) per vertex or per face corner; without it the six sides are projected in metres."""
        mesh = bpy.data.meshes.new("part")
        mesh.from_pydata([tuple(v) for v in verts], [], faces)
        mesh.validate()
        mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
        mesh.use_auto_smooth, mesh.auto_smooth_angle = True, math.radians(40)
        self._map(mesh, uvs)
        return self._place(mesh, mat, loc, rot, scale, subsurf, bevel)

    def _map(self, mesh, uvs):
        layer = mesh.uv_layers.new(name="UVMap")
        for polygon in mesh.polygons:
            axis = max(range(3), key=lambda i: abs(polygon.normal[i]))
            for loop in polygon.loop_indices:
                vertex = mesh.loops[loop].vertex_index
                if uvs is None:
                    x, y, z = mesh.vertices[vertex].co
                    layer.data[loop].uv = ((y, z), (x, z), (x, y))[axis]
                else:
                    layer.data[loop].uv = uvs[vertex] if len(uvs) == len(mesh.vertices) else uvs[loop]

    def _place(self, mesh, mat, loc, rot, scale, subsurf, bevel):
        part = bpy.data.objects.new("part", mesh)
        bpy.context.collection.objects.link(part)
        mesh.materials.append(mat)
        part.parent = self.root
        part.location, part.rotation_euler, part.scale = loc, rot, scale
        if bevel:
            modifier = part.modifiers.new("bevel", "BEVEL")
            modifier.width, modifier.segments, modifier.limit_method = bevel, 3, "ANGLE"
        if subsurf:
            modifier = part.modifiers.new("subsurf", "SUBSURF")
            modifier.levels = modifier.render_levels = subsurf
        self.parts.append(part)
        return part

    def grid(self, rows, mat, closed=True, caps=(False, False), **kw):
        """Skins rows of equally many points; u runs along a row, v over the rows, both 0..1."""
        n, m = len(rows[0]), len(rows)
        columns = n + 1 if closed else n  # the seam gets its own vertices so that u can reach 1
        verts, uvs = [], []
        for j, row in enumerate(rows):
            row = list(row) + ([row[0]] if closed else [])
            verts += row
            uvs += [(i / (columns - 1), j / (m - 1)) for i in range(columns)]
        faces = []
        for j in range(m - 1):
            for i in range(columns - 1):
                a = j * columns + i
                faces.append((a, a + 1, a + columns + 1, a + columns))
        for cap, j in zip(caps, (0, m - 1)):
            if cap:
                base = j * columns
                loop = list(range(base, base + n))
                faces.append(tuple(reversed(loop)) if j == 0 else tuple(loop))
        return self.add(verts, faces, mat, uvs, **kw)

    def lathe(self, profile, mat, rounds=3, n=56, arc=None, **kw):
        """Turns an (r, z) profile around z. v follows the length of the profile; `arc` = (from, to) limits the turn."""
        line = [(max(p[0], 1e-5), p[1]) for p in chaikin([(r, z, 0) for r, z in profile], rounds)]
        lengths = [0.0]
        for (r1, z1), (r2, z2) in zip(line, line[1:]):
            lengths.append(lengths[-1] + math.hypot(r2 - r1, z2 - z1))
        low, high = arc or (0.0, TAU)
        verts, uvs, faces = [], [], []
        for (r, z), length in zip(line, lengths):
            for i in range(n + 1):
                a = low + (high - low) * i / n - math.pi / 2
                verts.append((r * math.cos(a), r * math.sin(a), z))
                uvs.append((i / n, length / lengths[-1]))
        for j in range(len(line) - 1):
            for i in range(n):
                a = j * (n + 1) + i
                faces.append((a, a + 1, a + n + 2, a + n + 1))
        return self.add(verts, faces, mat, uvs, **kw)

    def vessel(self, outer, wall, mat, inside, rounds=3, floor=None):
        """A turned pot: `outer` is its (r, z) profile from the foot's centre to the lip; returns the outer part."""
        part = self.lathe(outer, mat, rounds)
        line = chaikin([(r, z, 0) for r, z in outer], rounds)
        top_r, top_z = line[-1][0], line[-1][1]
        lip = [(top_r, top_z), (top_r, top_z), (top_r - wall * 0.1, top_z + wall * 0.55), (top_r - wall * 0.9, top_z + wall * 0.55)]
        base = floor if floor is not None else wall
        inner = [(r - wall, z) for r, z, _ in reversed(line) if z > base and r > wall * 1.5]
        inner += [(inner[-1][0], base), (0.0, base)] if inner else []
        self.lathe(lip + inner, inside, rounds=1)
        return part

    def tube(self, points, radius, mat, closed=False, rounds=3, n=14, flat=1.0, caps=True, **kw):
        """Sweeps a circle (or an ellipse, `flat` < 1) along a rounded path; `radius` may vary: (start, end)."""
        line = chaikin(points, rounds, closed)
        r0, r1 = radius if isinstance(radius, tuple) else (radius, radius)
        rows, normal = [], None
        count = len(line)
        for i, p in enumerate(line):
            ahead = line[(i + 1) % count] if closed or i + 1 < count else p
            behind = line[i - 1] if closed or i > 0 else p
            tangent = (ahead - behind).normalized()
            if normal is None:
                helper = Vector((0, 0, 1)) if abs(tangent.z) < 0.9 else Vector((0, 1, 0))
                normal = helper.cross(tangent)
            normal = (normal - tangent * normal.dot(tangent)).normalized()
            other = tangent.cross(normal)
            r = r0 + (r1 - r0) * i / max(1, count - 1)
            rows.append([p + normal * (r * math.cos(TAU * k / n)) + other * (r * flat * math.sin(TAU * k / n)) for k in range(n)])
        if closed:
            rows.append(rows[0])
        ends = caps and not closed
        return self.grid(rows, mat, caps=(ends, ends), **kw)

    def box(self, size, mat, bevel=0.004, **kw):
        """A box with rounded edges that stands on z = 0 of its own frame."""
        x, y, z = size[0] / 2, size[1] / 2, size[2]
        verts = [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0), (-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
        faces = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
        return self.add(verts, faces, mat, smooth=bevel > 0, bevel=bevel, **kw)

    def cushion(self, size, mat, power=3.5, puff=0.55, **kw):
        """A stuffed block: a superellipsoid centred on its own origin, mapped in metres."""
        rows, n, m = [], 40, 22
        for j in range(m + 1):
            v = math.pi * (j / m - 0.5)
            cv, sv = max(math.cos(v), 1e-4) ** puff, math.copysign(abs(math.sin(v)) ** puff, math.sin(v))
            rows.append([(x, y, sv * size[2] / 2) for x, y, _ in ring(size[0] * cv, size[1] * cv, 0, power, n)])
        verts = [p for row in rows for p in row]
        faces = [(j * n + i, j * n + (i + 1) % n, (j + 1) * n + (i + 1) % n, (j + 1) * n + i) for j in range(m) for i in range(n)]
        return self.add(verts, faces, mat, **kw)

    def plate(self, outline, thickness, mat, bevel=0.002, rounds=0, **kw):
        """Cuts a flat (x, y) outline out of a sheet; it lies on z = 0 and is mapped in metres."""
        points = chaikin([(x, y, 0) for x, y in outline], rounds, True) if rounds else [Vector((x, y, 0)) for x, y in outline]
        curve = bpy.data.curves.new("outline", "CURVE")
        curve.dimensions, curve.fill_mode = "2D", "BOTH"
        curve.extrude, curve.bevel_depth, curve.bevel_resolution = max(thickness / 2 - bevel, 1e-4), bevel, 2
        curve.offset = -bevel
        spline = curve.splines.new("POLY")
        spline.points.add(len(points) - 1)
        for target, p in zip(spline.points, points):
            target.co = (p.x, p.y, 0, 1)
        spline.use_cyclic_u = True
        holder = bpy.data.objects.new("outline", curve)
        mesh = bpy.data.meshes.new_from_object(holder)
        verts = [v.co + Vector((0, 0, thickness / 2)) for v in mesh.vertices]
        faces = [tuple(p.vertices) for p in mesh.polygons]
        return self.add(verts, faces, mat, **kw)

    def picture(self, width, height, mat, **kw):
        """A flat rectangle in the x-z plane, facing -y, with UV 0..1."""
        verts = [(-width / 2, 0, 0), (width / 2, 0, 0), (width / 2, 0, height), (-width / 2, 0, height)]
        return self.add(verts, [(0, 1, 2, 3)], mat, [(0, 0), (1, 0), (1, 1), (0, 1)], **kw)

    def corners(self):
        """World positions of all vertices after the modifiers."""
        graph = bpy.context.evaluated_depsgraph_get()
        points = []
        for part in self.parts:
            mesh = part.evaluated_get(graph).to_mesh()
            points += [part.matrix_world @ v.co for v in mesh.vertices]
            part.evaluated_get(graph).to_mesh_clear()
        return points

    def settle(self, size=None):
        """Centres the product over the origin on z = 0, scaled so that its longest side is `size` (None: keep metres)."""
        bpy.context.view_layer.update()
        points = self.corners()
        low = Vector(min(p[i] for p in points) for i in range(3))
        high = Vector(max(p[i] for p in points) for i in range(3))
        factor = size / max(high - low) if size else 1.0
        middle = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
        self.root.matrix_world = Matrix.Scale(factor, 4) @ Matrix.Translation(-middle) @ self.root.matrix_world
        bpy.context.view_layer.update()
        return (high - low) * factor

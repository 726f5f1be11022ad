"""Cycles materials: how a surface reflects (its finish) and where its colour comes from."""

import bpy

from palette import METALS, WOODS, linear

# finish -> Principled inputs, and a bump as (texture, scale per metre, strength)
FINISHES = {
    "glazed": ({"Roughness": 0.13, "Clearcoat": 0.5}, None),
    "matte": ({"Roughness": 0.62}, ("noise", 90, 0.06)),
    "plastic": ({"Roughness": 0.3}, None),
    "satin": ({"Roughness": 0.42}, None),
    "rubber": ({"Roughness": 0.75, "Specular": 0.3}, None),
    "lacquer": ({"Roughness": 0.2, "Clearcoat": 0.8}, None),
    "paper": ({"Roughness": 0.5, "Specular": 0.35}, None),
    "fabric": ({"Roughness": 0.95, "Sheen": 0.4, "Specular": 0.15}, ("weave", 900, 0.25)),
    "canvas": ({"Roughness": 0.9, "Specular": 0.2}, ("weave", 650, 0.35)),
    "boucle": ({"Roughness": 1.0, "Sheen": 0.6, "Specular": 0.1}, ("voronoi", 110, 0.55)),
    "knit": ({"Roughness": 1.0, "Sheen": 0.5, "Specular": 0.1}, ("ribs", 160, 0.8)),
    "velvet": ({"Roughness": 0.8, "Sheen": 1.0, "Specular": 0.2}, ("noise", 200, 0.05)),
    "leather": ({"Roughness": 0.42}, ("voronoi", 420, 0.14)),
    "suede": ({"Roughness": 0.95, "Sheen": 0.6, "Specular": 0.15}, ("noise", 500, 0.2)),
    "straw": ({"Roughness": 0.75}, ("weave", 240, 0.9)),
    "brushed": ({"Roughness": 0.3, "Metallic": 1.0}, None),
    "wax": ({"Roughness": 0.45, "Subsurface": 0.15}, None),
}


class Nodes:
    """A material under construction: its node tree with the Principled node at hand."""

    def __init__(self, name):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]

    def node(self, kind, inputs=None, **settings):
        """Adds a node; `inputs` maps socket names to values or to output sockets."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for key, value in settings.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[key])
            else:
                node.inputs[key].default_value = value
        return node

    def color(self, source):
        """Connects a socket or sets a colour as the base colour."""
        if isinstance(source, bpy.types.NodeSocket):
            self.tree.links.new(source, self.shader.inputs["Base Color"])
        else:
            self.shader.inputs["Base Color"].default_value = source

    def coordinate(self, which="Object", scale=(1, 1, 1), turn=(0, 0, 0)):
        """A mapped texture coordinate; Object is in metres of the mesh."""
        source = self.node("TexCoord").outputs[which]
        return self.node("Mapping", {"Vector": source, "Scale": scale, "Rotation": turn}).outputs["Vector"]

    def ramp(self, factor, stops, constant=False):
        """A colour ramp over (position, rgba) stops."""
        node = self.node("ValToRGB", {"Fac": factor})
        ramp = node.color_ramp
        ramp.interpolation = "CONSTANT" if constant else "EASE"
        while len(ramp.elements) < len(stops):
            ramp.elements.new(0.5)
        for element, (position, rgba) in zip(ramp.elements, stops):
            element.position, element.color = position, rgba
        return node.outputs["Color"]

    def mix(self, factor, a, b):
        """Linear mix of two colours."""
        return self.node("MixRGB", {"Fac": factor, "Color1": a, "Color2": b}).outputs["Color"]

    def finish(self, finish, bump_gain=1.0):
        """Sets the reflection and the fine relief of the surface."""
        values, bump = FINISHES[finish]
        for key, value in values.items():
            self.shader.inputs[key].default_value = value
        if bump:
            self.relief(*bump, bump_gain)
        return self

    def relief(self, texture, scale, strength, gain=1.0):
        """A bump from a three-dimensional texture in metres."""
        where = self.coordinate()
        if texture == "noise":
            height = self.node("TexNoise", {"Vector": where, "Scale": scale, "Detail": 3.0}).outputs["Fac"]
        elif texture == "voronoi":
            height = self.node("TexVoronoi", {"Vector": where, "Scale": scale}).outputs["Distance"]
        elif texture == "ribs":
            height = self.node("TexWave", {"Vector": where, "Scale": scale / 6, "Distortion": 1.0}).outputs["Fac"]
        else:
            one = self.node("TexWave", {"Vector": where, "Scale": scale / 6}, bands_direction="X").outputs["Fac"]
            two = self.node("TexWave", {"Vector": where, "Scale": scale / 6}, bands_direction="Z").outputs["Fac"]
            height = self.node("Math", {0: one, 1: two}, operation="MULTIPLY").outputs["Value"]
        bump = self.node("Bump", {"Height": height, "Strength": min(1.0, strength * gain), "Distance": 0.004})
        self.tree.links.new(bump.outputs["Normal"], self.shader.inputs["Normal"])


def plain(color, finish="plastic"):
    """One colour."""
    nodes = Nodes(f"{finish} {color}").finish(finish)
    nodes.color(linear(color))
    return nodes.material


def printed(image, finish="paper", scale=(1, 1), clip=False):
    """An image over the UV map, repeated `scale` times."""
    nodes = Nodes(f"printed {finish}").finish(finish)
    where = nodes.coordinate("UV", (scale[0], scale[1], 1))
    texture = nodes.node("TexImage", {"Vector": where}, image=image, extension="CLIP" if clip else "REPEAT")
    nodes.color(texture.outputs["Color"])
    return nodes.material


def metal(name, roughness=0.25):
    """A bare metal from METALS."""
    nodes = Nodes(name)
    nodes.color(linear(METALS[name]))
    nodes.shader.inputs["Metallic"].default_value = 0.0 if name == "black metal" else 1.0
    nodes.shader.inputs["Roughness"].default_value = roughness
    return nodes.material


def wood(name, along="z", fine=1.0):
    """Grain of a wood from WOODS, running along one axis of the mesh."""
    light, dark = (linear(c) for c in WOODS[name])
    nodes = Nodes(name)
    squeeze = {"x": (1.5, 16, 16), "y": (16, 1.5, 16), "z": (16, 16, 1.5)}[along]
    where = nodes.coordinate(scale=tuple(v * fine for v in squeeze))
    broad = nodes.node("TexNoise", {"Vector": where, "Scale": 2.2, "Detail": 4.0, "Distortion": 1.2}).outputs["Fac"]
    fine_grain = nodes.node("TexNoise", {"Vector": where, "Scale": 14.0, "Detail": 2.0}).outputs["Fac"]
    base = nodes.ramp(broad, [(0.32, dark), (0.62, light)])
    nodes.color(nodes.mix(nodes.ramp(fine_grain, [(0.3, (0.35,) * 3 + (1,)), (0.6, (0, 0, 0, 1))]), base, dark))
    nodes.shader.inputs["Roughness"].default_value = 0.42
    return nodes.material


def speckled(color, spots, finish="matte", scale=130.0, size=0.32):
    """Small irregular spots all through the clay."""
    nodes = Nodes("speckled").finish(finish)
    where = nodes.coordinate()
    voronoi = nodes.node("TexVoronoi", {"Vector": where, "Scale": scale})
    some = nodes.node("SeparateColor", {"Color": voronoi.outputs["Color"]}).outputs[0]
    limit = nodes.node("Math", {0: some, 1: size}, operation="MULTIPLY").outputs["Value"]
    spot = nodes.node("Math", {0: voronoi.outputs["Distance"], 1: limit}, operation="LESS_THAN").outputs["Value"]
    nodes.color(nodes.mix(spot, linear(color), linear(spots)))
    return nodes.material


def marble(color, vein, finish="glazed", scale=9.0):
    """Thin veins on a ground."""
    nodes = Nodes("marble").finish(finish)
    noise = nodes.node("TexNoise", {"Vector": nodes.coordinate(), "Scale": scale, "Detail": 6.0, "Distortion": 1.6})
    a, b = linear(color), linear(vein)
    nodes.color(nodes.ramp(noise.outputs["Fac"], [(0.42, a), (0.495, b), (0.51, b), (0.6, a)]))
    return nodes.material


def gradient(low, high, finish="glazed", edge=None):
    """From `low` at the bottom to `high`; with `edge` a dipped border at that height instead (0..1)."""
    nodes = Nodes("gradient").finish(finish)
    height = nodes.node("SeparateXYZ", {"Vector": nodes.coordinate("Generated")}).outputs["Z"]
    if edge is None:
        stops = [(0.15, linear(low)), (0.85, linear(high))]
    else:
        drips = nodes.node("TexNoise", {"Vector": nodes.coordinate("Generated"), "Scale": 4.0}).outputs["Fac"]
        height = nodes.node("Math", {0: drips, 1: 0.12, 2: height}, operation="MULTIPLY_ADD").outputs["Value"]
        stops = [(0.0, linear(low)), (edge + 0.06, linear(low)), (edge + 0.072, linear(high))]
    nodes.color(nodes.ramp(height, stops))
    return nodes.material


def glass(color="white", tint=0.35):
    """Thin glass without refraction: tinted transparency under a Fresnel reflection, which stays free of noise."""
    nodes = Nodes("glass")
    r, g, b, _ = linear(color)
    through = tuple(1 - tint * (1 - v) for v in (r, g, b)) + (1,)
    clear = nodes.node("BsdfTransparent", {"Color": through})
    shine = nodes.node("BsdfGlossy", {"Roughness": 0.03})
    fresnel = nodes.node("Fresnel", {"IOR": 1.6})
    mixed = nodes.node("MixShader", {0: fresnel.outputs[0], 1: clear.outputs[0], 2: shine.outputs[0]})
    output = nodes.tree.nodes["Material Output"]
    nodes.tree.links.new(mixed.outputs[0], output.inputs["Surface"])
    return nodes.material


def glowing(color, strength=1.2, finish="fabric"):
    """A lamp shade that passes some of its light."""
    nodes = Nodes("glowing").finish(finish)
    nodes.color(linear(color))
    nodes.shader.inputs["Emission"].default_value = linear(color)
    nodes.shader.inputs["Emission Strength"].default_value = strength
    return nodes.material

// Made by scripts/generate_packaging from rtl/blocks.json and files.f: not to be edited.
+incdir+../common
-F ../common/files.f
-F ../bulk/files.f
-F ../iommu/files.f
-F ../pool/files.f
-F ../channel/files.f
-F ../channel/module/files.f
-F ../node/files.f
-F ../serial/files.f
-F ../sdram/files.f
-F files.f

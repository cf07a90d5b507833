enum AnnotationClientPlaceholder {}

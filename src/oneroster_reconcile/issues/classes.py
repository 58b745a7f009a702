"""What is odd about classes and who is in them."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "CLASS_EMPTY",
    "CLASS_WITHOUT_TEACHER",
    "PRIMARY_STUDENT",
    "PRIMARY_TEACHERS_SEVERAL",
    "PRIMARY_TEACHER_MISSING",
    "STUDENT_TEACHES",
]

CLASS_WITHOUT_TEACHER = Code(
    slug="class_without_teacher",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Assign a teacher to the class.",
    about="Students are enrolled in a class and no teacher is: often a post that is vacant. Nobody can open the class in the product. It is synced all the same.",
)
CLASS_EMPTY = Code(
    slug="class_empty",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Leave the class out until somebody is in it, if that is not meant.",
    about="No student is enrolled in a class. That is usual before the school year begins, and a sign of a file that was cut short afterwards. The class is synced"
    " all the same.",
)
PRIMARY_TEACHERS_SEVERAL = Code(
    slug="primary_teachers_several",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Mark one teacher of the class as primary.",
    about="A class has several primary teachers at the same time, where OneRoster allows one. All of them are synced as teachers, each marked primary.",
)
PRIMARY_TEACHER_MISSING = Code(
    slug="primary_teacher_missing",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Mark one teacher of the class as primary.",
    about="A class has several teachers and none of them is primary, though the export marks primary teachers elsewhere. A product that shows one has to choose.",
)
PRIMARY_STUDENT = Code(
    slug="primary_student",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Leave primary blank or false for whoever is no teacher.",
    about="An enrollment is marked primary and is not a teacher's; the mark is for teachers alone. It is kept and means nothing.",
)
STUDENT_TEACHES = Code(
    slug="student_teaches",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the role of the person, or that of the enrollment.",
    about="Somebody who is nothing but a student is enrolled as a teacher. In the product they would see the work of a class. The enrollment is kept as it is.",
)
